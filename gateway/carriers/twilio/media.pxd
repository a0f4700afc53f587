from gateway.carriers.frames cimport FrameReader


cdef class TwilioMedia:
    cdef public FrameReader _reader
    cdef public bytes _stream, _media
    cpdef decode(self, data)
    cpdef frames(self, messages)
    cpdef bytes media(self, bytes payload)
    cpdef bytes mark(self, name)
    cpdef bytes clear(self)
    cpdef _started(self, start)
    cpdef _event(self, event)
