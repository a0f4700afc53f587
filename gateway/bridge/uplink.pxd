from gateway.bridge.chunks cimport Chunker
from gateway.bridge.reorder cimport ReorderBuffer
from gateway.bridge.timeline cimport Timeline
from gateway.carriers.audio cimport Run
from gateway.telemetry.counts cimport CallCounts
from gateway.telemetry.jitter cimport Jitter


cdef class Uplink:
    cdef public object _bytes_per_second, _heard_ms, _latest, _policy, _transcoder
    cdef public CallCounts _counts
    cdef public long long _duration_us, _filled_ms, _overcounted_ms, _size, missing_frames
    cdef public bint _is_odd, _is_through
    cdef public Chunker _chunker
    cdef public Jitter _jitter
    cdef public ReorderBuffer _reorder
    cdef public Timeline _timeline
    cpdef tick(self, long long now_ms)
    cpdef flush(self, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef _follow(self, Jitter jitter, bodies, long long now_ms)
    cpdef bytes _run_on(self, frames)
    cpdef bytes _goes_on(self, Run run)
    cpdef bytes _go_on(self, bodies)
    cpdef _take(self, bytes audio, long long frames, long long now_ms)
    cpdef _feed(self, body, long long now_ms)
    cpdef _is_doubled(self, body)
    cpdef _held_until_ms(self)
    cpdef _accept_all(self, bodies, long long now_ms)
    cpdef _accept(self, body, long long now_ms)
    cpdef _count_missing(self, gap_ms)
    cpdef _last_for(self, duration_us)
    cpdef _fill_stall(self, heard_ms, long long now_ms)
    cpdef _add_silence(self, ms, long long now_ms)
