from gateway.carriers.audio cimport Run


cdef class Timeline:
    cdef public object _chunk, _timestamp, _due, _step, _short
    cdef public long _duration_us, units_per_ms, _candidate, _agreed
    cdef public bint _is_astray
    cpdef bint runs_on(self, bodies)
    cpdef bint goes_on(self, Run run)
    cpdef is_next(self, body)
    cpdef gap_ms(self, body, duration_us)
    cpdef _steady_step(self)
    cpdef _gap_before(self, body)
    cpdef _gap_by_time(self, step)
    cpdef _missing_numbers(self, body)
