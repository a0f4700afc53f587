from gateway.telemetry.counts cimport CallCounts


cdef class ReorderBuffer:
    cdef public object _expected, _policy, _given_up, _anew_at
    cdef public CallCounts _counts
    cdef public dict _waiting, _anew
    cdef public long long _went_on_ms
    cpdef bint runs_on(self, bodies)
    cpdef bint is_next(self, number)
    cpdef go_on(self, frames)
    cpdef push(self, body, long long now_ms)
    cpdef release(self, long long now_ms)
    cpdef flush(self)
    cpdef next_deadline_ms(self)
    cpdef _hold(self, number, body, long long now_ms)
    cpdef _drain(self)
    cpdef _come_again(self, number, body, long long now_ms)
    cpdef _restart(self, bodies, long long now_ms)
    cpdef _is_lost(self, long long now_ms)
    cpdef _hole_since_ms(self)
    cpdef _wait_ms(self)
