cdef class ReorderBuffer:
    cdef public object _expected, _policy, _counts, _given_up, _anew_at
    cdef public dict _waiting, _anew
    cdef public long long _went_on_ms
    cpdef runs_on(self, bodies)
    cpdef go_on(self, frames)
    cpdef push(self, body, now_ms)
    cpdef release(self, now_ms)
    cpdef flush(self)
    cpdef next_deadline_ms(self)
    cpdef _hold(self, number, body, now_ms)
    cpdef _drain(self)
    cpdef _come_again(self, number, body, now_ms)
    cpdef _restart(self, bodies, now_ms)
    cpdef _is_lost(self, now_ms)
    cpdef _hole_since_ms(self)
    cpdef _wait_ms(self)
