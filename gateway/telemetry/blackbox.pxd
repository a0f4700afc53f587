cdef class BlackBox:
    cdef public long long _began_ms, _max_bytes, _left_out, _merge_at, _coarsest_s
    cdef public list _events
    cdef public bytearray _seconds
    cpdef event(self, kind, at_ms, detail=*)
    cpdef bytes encode(self)
    cpdef _offset_ms(self, at_ms)
    cpdef _merge(self)
    cpdef _pair_to_merge(self)
    cpdef _span_s(self, at)
