"""The compiled half of `worded.py`, which says what it is for."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memchr, memcmp, memcpy

cdef enum:
    MOST_PARTS = 16
    MOST_DIGITS = 18
    PAYLOAD = -1
    END = -3

cdef const unsigned char* _LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
cdef unsigned char[256] _VALUES

cdef void _fill_values() noexcept:
    cdef int i
    for i in range(256):
        _VALUES[i] = 0xff
    for i in range(64):
        _VALUES[_LETTERS[i]] = i

_fill_values()


cdef Py_ssize_t _decoded_size(const unsigned char* text, Py_ssize_t size) noexcept:
    """Of base64 of so many characters; -1 where it is not padded as it has to be."""
    if size % 4:
        return -1
    if not size:
        return 0
    return size // 4 * 3 - (text[size - 1] == c'=') - (text[size - 2] == c'=' and text[size - 1] == c'=')


cdef bint _decode(const unsigned char* text, Py_ssize_t bytes_, unsigned char* out) noexcept:
    """Whether this is base64 (RFC 4648 §4) of so many bytes, which then are in `out`."""
    cdef unsigned char a, b, c, d, bad = 0
    cdef Py_ssize_t i
    for i in range(bytes_ // 3):
        a, b, c, d = _VALUES[text[0]], _VALUES[text[1]], _VALUES[text[2]], _VALUES[text[3]]
        bad |= a | b | c | d
        out[0] = <unsigned char>(a << 2 | b >> 4)
        out[1] = <unsigned char>(b << 4 | c >> 2)
        out[2] = <unsigned char>(c << 6 | d)
        text += 4
        out += 3
    if bytes_ % 3:
        a, b = _VALUES[text[0]], _VALUES[text[1]]
        bad |= a | b
        out[0] = <unsigned char>(a << 2 | b >> 4)
        if bytes_ % 3 == 2:
            c = _VALUES[text[2]]
            bad |= c
            out[1] = <unsigned char>(b << 4 | c >> 2)
    return not bad & 0x80


cdef void _encode(const unsigned char* audio, Py_ssize_t size, unsigned char* out) noexcept:
    cdef Py_ssize_t i
    cdef unsigned int three
    for i in range(size // 3):
        three = audio[0] << 16 | audio[1] << 8 | audio[2]
        out[0] = _LETTERS[three >> 18]
        out[1] = _LETTERS[three >> 12 & 63]
        out[2] = _LETTERS[three >> 6 & 63]
        out[3] = _LETTERS[three & 63]
        audio += 3
        out += 4
    if size % 3:
        three = audio[0] << 16 | (audio[1] << 8 if size % 3 == 2 else 0)
        out[0] = _LETTERS[three >> 18]
        out[1] = _LETTERS[three >> 12 & 63]
        out[2] = _LETTERS[three >> 6 & 63] if size % 3 == 2 else c'='
        out[3] = c'='


def framed(bytes head not None, bytes payload not None, bytes tail not None):
    cdef Py_ssize_t size = PyBytes_GET_SIZE(payload), before = PyBytes_GET_SIZE(head), after = PyBytes_GET_SIZE(tail)
    cdef Py_ssize_t letters = (size + 2) // 3 * 4
    cdef bytes message = PyBytes_FromStringAndSize(NULL, before + letters + after + 2)
    cdef unsigned char* out = <unsigned char*>PyBytes_AS_STRING(message)
    memcpy(out, PyBytes_AS_STRING(head), before)
    out[before] = c'"'
    _encode(<const unsigned char*>PyBytes_AS_STRING(payload), size, out + before + 1)
    out[before + letters + 1] = c'"'
    memcpy(out + before + letters + 2, PyBytes_AS_STRING(tail), after)
    return message


cdef class Matcher:
    """Reads messages that are worded alike."""

    cdef bytes _literals
    cdef Py_ssize_t[MOST_PARTS] _sizes
    cdef int[MOST_PARTS] _kinds
    cdef int _parts
    # What the latest message had that matched.
    cdef long long[2] _numbers
    cdef const unsigned char* _payload
    cdef Py_ssize_t _letters

    def __init__(self, parts):
        if len(parts) > MOST_PARTS:
            raise ValueError(f"a message has {len(parts)} parts, at most {MOST_PARTS} can be told apart")
        self._parts = len(parts)
        self._literals = b"".join(literal for literal, _ in parts)
        for i, (literal, kind) in enumerate(parts):
            self._sizes[i] = len(literal)
            self._kinds[i] = kind

    def payload(self, bytes message not None):
        if not self._matches(message):
            return None
        cdef Py_ssize_t size = _decoded_size(self._payload, self._letters)
        if size < 0:
            return None
        cdef bytes audio = PyBytes_FromStringAndSize(NULL, size)
        return audio if _decode(self._payload, size, <unsigned char*>PyBytes_AS_STRING(audio)) else None

    def run(self, list messages not None):
        cdef bytes audio = None
        cdef long long number = 0, stamp = 0, step = 0
        cdef Py_ssize_t i, size = 0
        for i in range(len(messages)):
            if not self._matches(messages[i]):
                return None
            if not i:
                number, stamp = self._numbers[0], self._numbers[1]
                size = _decoded_size(self._payload, self._letters)
                if size <= 0:
                    return None
                audio = PyBytes_FromStringAndSize(NULL, size * len(messages))
            elif i == 1:
                step = self._numbers[1] - stamp
            if self._numbers[0] != number + i or self._numbers[1] != stamp + i * step:
                return None
            if _decoded_size(self._payload, self._letters) != size:
                return None
            if not _decode(self._payload, size, <unsigned char*>PyBytes_AS_STRING(audio) + i * size):
                return None
        return (audio, number, stamp, step) if audio is not None else None

    cdef bint _matches(self, bytes message) except -1:
        cdef const unsigned char* at = <const unsigned char*>PyBytes_AS_STRING(message)
        cdef const unsigned char* end = at + PyBytes_GET_SIZE(message)
        cdef const char* literal = PyBytes_AS_STRING(self._literals)
        cdef const unsigned char* began
        cdef long long number
        cdef int i, kind
        for i in range(self._parts):
            if end - at < self._sizes[i] or memcmp(at, literal, self._sizes[i]):
                return False
            at += self._sizes[i]
            literal += self._sizes[i]
            kind = self._kinds[i]
            if kind == END:
                break
            began = at
            if kind == PAYLOAD:
                at = <const unsigned char*>memchr(at, c'"', end - at)
                if at == NULL:
                    return False
                self._payload, self._letters = began, at - began
                continue
            number = 0
            while at < end and c'0' <= at[0] <= c'9' and at - began < MOST_DIGITS:
                number = number * 10 + (at[0] - c'0')
                at += 1
            # A leading zero is no number in JSON, and what has more digits is left to who can count so far.
            if at == began or (began[0] == c'0' and at - began > 1):
                return False
            if kind >= 0:
                self._numbers[kind] = number
        return at == end
