cdef class KallglotLeg:
    cdef public bint takes_audio, _ready, _writable, _heard
    cdef public object _counts, _ears, _listening, _metrics, _stream
    cdef public long long _unanswered, _ping_at_ms
    cpdef attach(self, stream, now_ms)
    cpdef send(self, data)
    cpdef tick(self, now_ms)
    cpdef next_deadline_ms(self)
    cpdef stream_message(self, bytes data)
    cpdef stream_binary(self, size)
    cpdef stream_closed(self, code, reason)
    cpdef _judge(self)
    cpdef _detach(self)
    cpdef _take(self, message)
    cpdef _transcript(self, message)
    cpdef _session_error(self, message)
