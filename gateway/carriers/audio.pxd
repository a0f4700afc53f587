cdef class Run:
    cdef public bytes payload
    cdef public long long chunk, timestamp, step, frames
    cpdef bodies(self)
