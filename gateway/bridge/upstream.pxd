from gateway.kallglot.messages cimport AudioInput
cdef class Upstream:
    cdef public AudioInput _audio_input
    cdef public object _backlog, _counts
    cdef public long long _unix_offset_ms, next_sequence
    cpdef keep(self, chunks)
    cpdef list messages(self, chunks=*)
    cpdef bytes _encode(self, chunk)
