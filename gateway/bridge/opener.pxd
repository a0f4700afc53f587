from gateway.bridge.kallglot_leg cimport KallglotLeg
from gateway.telemetry.counts cimport CallCounts


cdef class StreamOpener:
    cdef public object _around, _ears, _find_session, _opening, _record, tasks
    cdef public CallCounts _counts
    cdef public KallglotLeg _leg
    cdef public bint _refused
    cpdef open(self, delay_ms)
    cpdef cancel(self)
    cpdef send(self, messages)
    cpdef let_go(self)
    cpdef tick(self, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef _refuse(self, exc)
