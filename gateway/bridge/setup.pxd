cdef class Setup:
    cdef public object _metrics, _started_ms
    cdef public dict stages_ms
    cdef public long long _opened_ms, _waited_ms
    cdef public bint is_complete
    cpdef media_started(self, long long now_ms)
    cpdef session_ready(self, long long now_ms)
    cpdef audio_sent(self, long long now_ms)
    cpdef _note(self, stage, ms)
