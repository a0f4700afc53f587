from gateway.bridge.backlog cimport Backlog
from gateway.kallglot.messages cimport AudioInput
from gateway.telemetry.counts cimport CallCounts


cdef class Upstream:
    cdef public AudioInput _audio_input
    cdef public Backlog _backlog
    cdef public CallCounts _counts
    cdef public long long _unix_offset_ms, next_sequence
    cpdef keep(self, chunks)
    cpdef list messages(self, chunks=*)
    cpdef bytes _encode(self, chunk)
