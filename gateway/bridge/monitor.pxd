from gateway.telemetry.health cimport CallHealth


cdef class CallMonitor:
    cdef public object _carrier, _clock, _metrics, _one_way, _latency, _session_seconds, box, said, _queues, _jitters
    cdef public CallHealth _health
    cdef public bint _heard, _said
    cdef public long long _lasted_until_ms, _longest_us, _seconds_until_score, _unix_offset_ms, due_ms
    cpdef note(self, kind, detail=*)
    cpdef heard(self, chunks, long long now_ms)
    cpdef relayed(self, direction, since_us)
    cpdef paced(self, late_ms)
    cpdef marked(self, late_ms)
    cpdef close(self, long long now_ms)
    cpdef figures(self)
    cpdef _count_time(self, long long now_ms)
    cpdef _score(self)
