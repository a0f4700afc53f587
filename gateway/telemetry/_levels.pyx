"""The compiled half of `levels.py`, which says what it is for."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.math cimport sqrt

import audioop

cdef enum:
    ROOM = 512  # samples: more than a second has, of speech at the speed of speech

cdef long[256] _LINEAR


def _fill_linear():
    for code in range(256):
        _LINEAR[code] = int.from_bytes(audioop.ulaw2lin(bytes([code]), 2), "little", signed=True)


_fill_linear()


cdef class Samples:
    cdef Py_ssize_t _stride, _skipped, _count
    cdef bytearray _kept

    def __init__(self, Py_ssize_t stride):
        if stride < 1:
            raise ValueError(f"stride must be at least 1, not {stride}")
        self._stride = stride
        self._kept = bytearray(ROOM)

    def add(self, bytes ulaw not None):
        cdef Py_ssize_t size = PyBytes_GET_SIZE(ulaw), at = self._skipped
        cdef Py_ssize_t count = self._count
        cdef const char* audio = PyBytes_AS_STRING(ulaw)
        if at < size and count + (size - at - 1) // self._stride + 1 > PyByteArray_GET_SIZE(self._kept):
            PyByteArray_Resize(self._kept, 2 * (count + (size - at - 1) // self._stride + 1))
        cdef char* kept = PyByteArray_AS_STRING(self._kept)
        while at < size:
            kept[count] = audio[at]
            count += 1
            at += self._stride
        self._count = count
        self._skipped = at - size

    def take(self):
        cdef bytes taken = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(self._kept), self._count)
        self._count = self._skipped = 0
        if PyByteArray_GET_SIZE(self._kept) > ROOM:
            self._kept = bytearray(ROOM)
        return taken


def loudness(bytes samples not None, Py_ssize_t block):
    cdef const unsigned char* at = <const unsigned char*>PyBytes_AS_STRING(samples)
    cdef Py_ssize_t size = PyBytes_GET_SIZE(samples), start = 0, end, i
    cdef double whole = 0, power
    cdef list blocks = []
    if block < 1 or not size:
        raise ValueError(f"no loudness of {size} samples in blocks of {block}")
    while not start or start < size - block // 2:
        end = min(start + block, size)
        power = 0
        for i in range(start, end):
            power += <double>(_LINEAR[at[i]] * _LINEAR[at[i]])
        blocks.append(<long>sqrt(power / (end - start)))
        whole += power
        start += block
    for i in range(min(start, size), size):
        whole += <double>(_LINEAR[at[i]] * _LINEAR[at[i]])
    return <long>sqrt(whole / size), blocks
