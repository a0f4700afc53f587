from gateway.bridge.carrier_leg cimport CarrierLeg
from gateway.bridge.monitor cimport CallMonitor
from gateway.bridge.opener cimport StreamOpener
from gateway.bridge.setup cimport Setup
from gateway.bridge.upstream cimport Upstream
from gateway.telemetry.counts cimport CallCounts


cdef class Relay:
    cdef public object _around, _barge_in, _brain, _chronicle, _clock, _finished, _hold, _look_ms, _pauses, record
    cdef public CallCounts counts
    cdef public CarrierLeg carrier
    cdef public CallMonitor monitor
    cdef public StreamOpener _stream
    cdef public Setup _setup
    cdef public Upstream _upstream
    cdef public long long due_ms, _slow_ms
    cpdef figures(self)
    cpdef handle(self, event)
    cpdef caller_audio(self, chunks)
    cpdef session_audio(self, bytes payload, source)
    cpdef caller_spoke(self)
    cpdef transcribed(self, words)
    cpdef stream_opened(self)
    cpdef queued_ms(self)
    cpdef listen_for_pause(self)
    cpdef is_in_pause(self)
    cpdef failed(self, exc)
    cpdef tick(self, long long now_ms)
    cpdef _do(self, actions)
    cpdef _start(self, action)
    cpdef _finish(self, finish)
    cpdef _send(self, chunks)
    cpdef _keep_on_hold(self)
    cpdef _clear(self, cause)
    cpdef _next_deadline_ms(self)
    cpdef _slow_deadline_ms(self)
    cpdef _arm(self)
    cpdef _arm_by(self, due_ms)
