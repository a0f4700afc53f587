cdef class LevelMeter:
    cdef public bint keeps_specimen
    cdef public long long _audio_bytes, _skipped, _loudest, _floor
    cdef public bytearray _samples
    cdef public bytes _specimen
    cpdef feed(self, bytes ulaw)
    cpdef take(self)
    cpdef _speech_blocks(self, blocks)
