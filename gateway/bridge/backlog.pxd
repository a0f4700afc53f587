from gateway.telemetry.counts cimport CallCounts


cdef class Backlog:
    cdef public object _chunks
    cdef public CallCounts _counts
    cdef public long long _held_ms
    cpdef push(self, chunk)
    cpdef list take(self)
