cdef class Framer:
    cdef public long long _frame_bytes
    cdef public bytes _pending
    cpdef list feed(self, bytes data)
    cpdef bytes flush(self)
