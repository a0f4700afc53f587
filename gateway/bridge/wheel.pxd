cdef class Wheel:
    cdef public object _clock, _buckets, _timer
    cdef public long long _turned_to
    cpdef set(self, timed, long long due_ms)
    cpdef forget(self, timed)
    cpdef turn(self)
    cpdef stop(self)
    cpdef _arm(self)
    cpdef _come_round(self)
