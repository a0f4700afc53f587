cdef class Jitter:
    cdef public object _scaled, _highest, _transit, _leap
    cdef public long _units_per_ms
    cpdef arrived(self, timestamp, now_ms, units_per_ms=*)
    cpdef take_highest_ms(self)
