cdef class Pacer:
    cdef public object _policy, _frames
    cdef public long long _queued_ms, _dry_at_ms
    cpdef push(self, frame, duration_ms)
    cpdef bint passes(self, long long duration_ms, long long now_ms)
    cpdef release(self, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef _due_ms(self)
