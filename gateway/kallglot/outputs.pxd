from gateway.audio.worded cimport Wording


cdef class OutputReader:
    cdef public Wording _wording
    cdef public object format
    cpdef read(self, message)
    cpdef learn(self, message, body)
