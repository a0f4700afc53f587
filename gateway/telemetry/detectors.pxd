from gateway.telemetry.companding cimport CompandingWatch


cdef class OneWay:
    cdef public object _direction, _flat_since_ms
    cdef public long long _loudest, _quietest, _other_spoke_ms
    cpdef since_ms(self, second)
    cpdef bint _is_flat(self, long long loudest, long long quietest)


cdef class DeadAir:
    cdef public object _since_ms
    cdef public bint _begun
    cpdef since_ms(self, second)


cdef class CallerSilent:
    cdef public object _since_ms
    cdef public bint _spoke
    cpdef since_ms(self, second)


cdef class Clipping:
    cdef public object _direction, _since_ms
    cpdef since_ms(self, second)


cdef class WrongCompanding:
    cdef public CompandingWatch _watch
    cpdef since_ms(self, second)


cdef class Alarm:
    cdef public object _direction, _flag, raised, since_ms
    cdef public long long _after_ms
    cpdef judge(self, since_ms, long long now_ms)
    cpdef end(self, long long now_ms)
