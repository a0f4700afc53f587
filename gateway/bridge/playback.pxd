cdef class Playback:
    cdef public object _epoch
    cdef public long long _count, _sent_ms, _marked_ms
    cdef public dict _outstanding, _cleared
    cpdef sent(self, long long duration_ms)
    cpdef mark(self, due_ms)
    cpdef cleared(self)
    cpdef echoed(self, name)
    cpdef late_ms(self, name, long long now_ms)
