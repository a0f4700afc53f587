cdef class AudioInput:
    cdef public bytes _template
    cpdef bytes encode(self, sequence, timestamp_ms, bytes ulaw)
