"""A test signal: the same at any moment, so that pieces of any whole number of periods join without a seam."""

import audioop
import math
import struct

RATE_HZ = 8000
FREQUENCY_HZ = 400
"""Twenty samples a period: 100 ms are forty whole ones. Within every codec's and telephone line's band."""
AMPLITUDE = 8031
"""About -12 dBm0; one of the values that μ-law keeps exactly."""

_PERIOD = audioop.lin2ulaw(
    b"".join(struct.pack("<h", round(AMPLITUDE * math.sin(2 * math.pi * n / 20))) for n in range(20)), 2
)


def tone(length_ms: int) -> bytes:
    """So much of it, in μ-law."""
    size = length_ms * RATE_HZ // 1000
    return (_PERIOD * (size // len(_PERIOD) + 1))[:size]
