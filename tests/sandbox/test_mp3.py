import io
import math
import struct

import av
import numpy as np
import pytest

from gateway.sandbox.mp3 import encode_mp3

TONE = b"".join(struct.pack("<h", round(8000 * math.sin(2 * math.pi * 500 * n / 8000))) for n in range(8000))
QUIET = bytes(len(TONE))


def decoded(mp3: bytes) -> tuple[int, np.ndarray]:
    """The rate, and a row of samples a channel."""
    with av.open(io.BytesIO(mp3), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        return container.streams.audio[0].rate, np.concatenate(frames, axis=1)


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(float) ** 2)))


@pytest.mark.parametrize(("left", "right"), [(TONE, QUIET), (QUIET, TONE)])
def test_dual_channel_keeps_the_parties_apart(left: bytes, right: bytes) -> None:
    """The one who is silent is silent on his channel."""
    rate, channels = decoded(encode_mp3(left, right, stereo=True))
    loud, quiet = (0, 1) if left == TONE else (1, 0)

    assert (rate, len(channels)) == (8000, 2)
    assert level(channels[loud]) > 20 * level(channels[quiet])


def test_mixed_has_both_on_one_channel() -> None:
    """As long as what was said, but for the encoder's own padding."""
    rate, channels = decoded(encode_mp3(TONE, QUIET, stereo=False))

    assert (rate, len(channels)) == (8000, 1)
    assert 8000 <= channels.shape[1] <= 8000 + 3 * 1152
    assert level(channels[0]) > 0.05
