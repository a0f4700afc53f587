cdef class SystemClock:
    cpdef now_ms(self)
    cpdef now_us(self)
    cpdef unix_ms(self)
