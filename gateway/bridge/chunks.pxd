cdef class Chunker:
    cdef public long long _held, _sent, _size
    cdef public object _anchor_ms
    cdef public list _pieces
    cpdef list feed(self, bytes ulaw, long long now_ms)
    cpdef flush(self)
    cpdef _cut(self, audio)
    cpdef _keep(self, rest)
    cpdef _next_at_ms(self)
