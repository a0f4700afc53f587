cdef class Gathering:
    cdef public long long least_bytes, _singly, _missing, _longest, _chunks
    cdef public object _looked_ms
    cpdef has_to_look(self, long long now_ms)
    cpdef bint came_before(self, long long now_ms)
    cpdef bint read(self, long long frames, long long longest, long long missing)
    cpdef look(self, long long now_ms)
    cpdef _read_singly(self, frames)
    cpdef bint _wait_for(self, long long least_bytes)
