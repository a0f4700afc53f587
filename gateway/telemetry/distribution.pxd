cdef class Distribution:
    cdef public tuple _bounds
    cdef public list _counts
    cdef public object _sum
    cpdef observe(self, number)
