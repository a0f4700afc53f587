from gateway.bridge.chunks cimport Chunker
from gateway.bridge.reorder cimport ReorderBuffer
from gateway.bridge.timeline cimport Timeline
from gateway.telemetry.jitter cimport Jitter
cdef class Uplink:
    cdef public object _bytes_per_second, _counts, _heard_ms, _latest, _policy, _transcoder
    cdef public long long _duration_us, _filled_ms, _overcounted_ms, _size, missing_frames
    cdef public bint _is_odd, _is_through
    cdef public Chunker _chunker
    cdef public Jitter _jitter
    cdef public ReorderBuffer _reorder
    cdef public Timeline _timeline
    cpdef tick(self, now_ms)
    cpdef flush(self, now_ms)
    cpdef next_deadline_ms(self)
    cpdef _follow(self, Jitter jitter, bodies, now_ms)
    cpdef bint _run_on(self, bodies)
    cpdef _take(self, bytes audio, long long frames, now_ms)
    cpdef _feed(self, body, now_ms)
    cpdef _is_doubled(self, body)
    cpdef _held_until_ms(self)
    cpdef _accept_all(self, bodies, now_ms)
    cpdef _accept(self, body, now_ms)
    cpdef _count_missing(self, gap_ms)
    cpdef _last_for(self, duration_us)
    cpdef _fill_stall(self, heard_ms, now_ms)
    cpdef _add_silence(self, ms, now_ms)
