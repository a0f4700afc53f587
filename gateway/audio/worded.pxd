cdef class Wording:
    cdef public tuple _wanted
    cdef public object _keys, _matcher
    cdef public long long _unlike
    cpdef payload(self, message)
    cpdef run(self, messages)
    cpdef learn(self, message, payload, numbers=*)
    cpdef _parts(self, message)
    cpdef _kind(self, key)
