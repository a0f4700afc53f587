import random

import pytest

from gateway.audio.formats import PCMU_8K
from gateway.simulator.load.probe import Probe
from gateway.simulator.load.seeker import Seeker
from gateway.simulator.speech import Decoder, encode

PROBE = Probe(3, PCMU_8K)
AUDIO = b"".join(PROBE.frames)


def test_pieces_of_any_size_make_no_difference() -> None:
    """The sound may begin in one message and end in another."""
    dice = random.Random(1)  # noqa: S311 - the same sizes every time
    seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
    stream, places = b"\xff" * 1000 + AUDIO, []
    while stream:
        size = dice.randint(1, 400)
        places.append(seeker.feed(stream[:size], wanted=True))
        stream = stream[size:]
    assert [place for place in places if place is not None] == [125.0]
    assert seeker.heard_ms == 125 + len(AUDIO) / 8


def test_what_was_changed_on_its_way_is_correlated() -> None:
    """Half as loud, it is not the same bytes any more; it is the same sound."""
    linear = Decoder(PCMU_8K).decode(b"\xff" * 80 + AUDIO)
    quieter = encode(b"".join((int.from_bytes(linear[i : i + 2], "little", signed=True) // 2).to_bytes(
        2, "little", signed=True) for i in range(0, len(linear), 2)), PCMU_8K)  # fmt: skip
    seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
    assert seeker.feed(quieter, wanted=True) is None
    seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
    seeker.doubt_exactness()
    assert seeker.feed(quieter, wanted=True) == 10.0


def test_nothing_is_looked_for_that_is_not_wanted() -> None:
    """Or where there is too little of it, or silence."""
    for exact in (True, False):
        seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
        if not exact:
            seeker.doubt_exactness()
        assert seeker.feed(AUDIO, wanted=False) is None
        assert seeker.feed(b"\xff" * 8, wanted=True) is None
        assert seeker.feed(b"\xff" * 1600, wanted=True) is None


@pytest.mark.parametrize("silence_ms", [0, 59, 60, 61, 200])
def test_silence_before_the_sound_does_not_hide_it(silence_ms: int) -> None:
    """However long, and though nothing compares with a stretch of zeros."""
    seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
    seeker.doubt_exactness()
    assert seeker.feed(b"\xff" * (8 * silence_ms) + AUDIO[:480], wanted=True) == silence_ms


def test_too_little_audio_is_no_match() -> None:
    """Nothing is correlated with a part of the sound."""
    seeker = Seeker(PCMU_8K, b"", b"\x00\x10" * 480)
    assert seeker.feed(b"\x10" * 10, wanted=True) is None


def test_bytes_that_came_once_are_looked_for_again() -> None:
    """What was lost since was lost, and not changed: there is no need for more than bytes."""
    seeker = PROBE.seeker(PCMU_8K, PCMU_8K)
    assert seeker.feed(AUDIO, wanted=True) == 0
    seeker.doubt_exactness()
    changed = bytes(byte ^ 1 for byte in AUDIO)
    assert seeker.feed(changed, wanted=True) is None
    assert seeker.feed(AUDIO, wanted=True) == 2 * len(AUDIO) / 8
