"""The compiled half of `levels.py`."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE, PyByteArray_Resize
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE


def add_each(bytearray samples not None, bytes ulaw not None, Py_ssize_t first, Py_ssize_t stride):
    cdef Py_ssize_t size = PyBytes_GET_SIZE(ulaw), kept = PyByteArray_GET_SIZE(samples)
    if first < 0 or stride < 1:
        raise ValueError(f"first must be at least 0 and stride 1, not {first} and {stride}")
    if first >= size:
        return
    cdef const char* audio = PyBytes_AS_STRING(ulaw)
    PyByteArray_Resize(samples, kept + (size - first - 1) // stride + 1)
    cdef char* out = PyByteArray_AS_STRING(samples) + kept
    while first < size:
        out[0] = audio[first]
        out += 1
        first += stride
