from gateway.telemetry.counts cimport CallCounts
from gateway.telemetry.jitter cimport Jitter
from gateway.telemetry.levels cimport LevelMeter


cdef class _Ear:
    cdef public LevelMeter meter
    cdef public object dbov
    cdef public bint is_open


cdef class _Gaps:
    cdef public long long seen, bursts, _taken
    cpdef grew(self, gap_frames)
    cpdef take(self)


cdef class CallHealth:
    cdef public object _alarms, _box, _companding, spoke_last
    cdef public CallCounts _counts
    cdef public Jitter jitter
    cdef public _Ear _ear, _mouth
    cdef public _Gaps _gaps
    cdef public long long _concealed_ms, _heard_ms, _said_ms, _latency_ms, _second_from_ms, _unix_offset_ms, due_ms
    cpdef heard(self, bytes ulaw, long long now_ms)
    cpdef said(self, bytes ulaw, long long now_ms)
    cpdef event(self, kind, long long now_ms, detail=*)
    cpdef close(self, long long now_ms)
    cpdef figures(self)
    cpdef _noted(self, occurrences, long long now_ms)
