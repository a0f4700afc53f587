from gateway.kallglot.outputs cimport OutputReader
from gateway.telemetry.counts cimport CallCounts


cdef class KallglotLeg:
    cdef public bint takes_audio, _ready, _writable, _heard
    cdef public object _ears, _listening, _metrics, _stream
    cdef public CallCounts _counts
    cdef public OutputReader _outputs
    cdef public long long _unanswered, _ping_at_ms
    cpdef attach(self, stream, long long now_ms)
    cpdef send(self, data)
    cpdef tick(self, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef stream_message(self, bytes data)
    cpdef stream_binary(self, size)
    cpdef stream_closed(self, code, reason)
    cpdef _judge(self)
    cpdef _detach(self)
    cpdef _take(self, message, data)
    cpdef _transcript(self, message)
    cpdef _session_error(self, message)
