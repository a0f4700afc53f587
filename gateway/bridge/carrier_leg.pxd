cimport cython
from gateway.bridge.downlink cimport Downlink
from gateway.bridge.gathering cimport Gathering
from gateway.bridge.monitor cimport CallMonitor
from gateway.bridge.uplink cimport Uplink
from gateway.telemetry.counts cimport CallCounts


cdef class CarrierLeg:
    cdef public object _clock, _dialect, _early, _ears, _socket, frame_at_us
    cdef public CallCounts _counts
    cdef public Downlink _downlink
    cdef public Gathering _gathering
    cdef public CallMonitor _monitor
    cdef public Uplink _uplink
    cdef public bint _writable
    cpdef start(self, source, uplink, pacing, epoch)
    cpdef interrupt(self)
    cpdef is_playing(self)
    cpdef queued_ms(self)
    cpdef tick(self, long long now_ms)
    cpdef next_deadline_ms(self)
    cpdef play_deadline_ms(self)
    cpdef flush(self)
    cpdef close(self, code)
    cpdef media_messages(self, messages)
    cpdef media_unwanted(self, fault)
    cpdef media_closed(self, code)
    cpdef _take_each(self, messages)
    cpdef _read(self, message)
    cpdef _hear(self, frames, messages)
    cpdef _tick_uplink(self, Uplink uplink, long long now_ms)
    cpdef _listen_deadline_ms(self, Uplink uplink)
    cpdef _take(self, event)
    cpdef _mark_came_back(self, name)
    cpdef _send(self, messages)


@cython.locals(longest=Py_ssize_t, message=bytes)
cpdef Py_ssize_t _longest(list messages)
