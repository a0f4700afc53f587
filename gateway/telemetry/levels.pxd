cdef class LevelMeter:
    cdef public bint keeps_specimen
    cdef public long long _audio_bytes, _loudest, _floor
    cdef public object _samples
    cdef public bytes _specimen
    cpdef feed(self, bytes ulaw)
    cpdef take(self)
    cpdef _speech_blocks(self, blocks)
