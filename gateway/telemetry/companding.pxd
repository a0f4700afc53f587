cdef class CompandingWatch:
    cdef public long long _score, _due_ms, _suspected_ms, _puzzling
    cdef public bint _wrong
    cpdef bint is_listening(self, long long now_ms)
    cpdef listen(self, ulaw, long long now_ms)
