from gateway.audio.worded cimport Wording


cdef class FrameReader:
    cdef public object _decode
    cdef public Wording _wording
    cpdef read(self, messages)
