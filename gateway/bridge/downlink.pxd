from gateway.audio.framing cimport Framer
from gateway.bridge.pacing cimport Pacer
from gateway.bridge.playback cimport Playback
from gateway.telemetry.counts cimport CallCounts


cdef class Downlink:
    cdef public long long _bytes_per_ms, _least_bytes, _piece_ms, _slack_ms
    cdef public object _dialect, _fed_at_ms, _said, _sidetone, _source, _transcoder
    cdef public CallCounts _counts
    cdef public Pacer _pacer
    cdef public Framer _pieces
    cdef public Playback _playback
    cpdef bint awaits_mark(self, long long now_ms)
    cpdef is_playing(self, long long now_ms)
    cpdef unheard_ms(self, long long now_ms)
    cpdef list say(self, bytes payload, source, long long now_ms)
    cpdef feed(self, bytes payload, source, long long now_ms)
    cpdef tick(self, long long now_ms)
    cpdef clear(self, long long now_ms)
    cpdef echoed(self, name, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef bytes _take_in(self, bytes payload, source, long long now_ms)
    cpdef bint _is_whole_piece(self, bytes audio)
    cpdef _queue(self, audio)
    cpdef long long _dry_ms(self, long long now_ms)
    cpdef _was_dry(self, dry_ms)
    cpdef _transcoder_for(self, source)
    cpdef _push_last(self)
    cpdef _push(self, piece)
    cpdef list _release(self, long long now_ms)
    cpdef bytes _play(self, bytes piece, long long ms, long long now_ms)
