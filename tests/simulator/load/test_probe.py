import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.simulator.load.probe import MARKER_FRAMES, PERIOD_FRAMES, Probe
from gateway.simulator.load.seeker import Seeker
from gateway.simulator.speech import bytes_per_ms

FORMATS = [
    PCMU_8K,
    AudioFormat(Encoding.PCMA),
    AudioFormat(Encoding.G722),
    AudioFormat(Encoding.L16, 8000),
    AudioFormat(Encoding.L16, 16000),
]


def found(seeker: Seeker, probe: Probe, *, periods: int = 2, frames: int = 1) -> list[float]:
    """Where the probe is found in so many periods of itself, so many frames a message."""
    said = periods * probe.frames
    messages = (b"".join(said[first : first + frames]) for first in range(0, len(said), frames))
    places = [seeker.feed(message, wanted=True) for message in messages]
    return [place for place in places if place is not None]


@pytest.mark.parametrize("audio", FORMATS, ids=lambda audio: f"{audio.encoding}-{audio.rate_hz}")
def test_a_caller_finds_itself_and_nobody_else(audio: AudioFormat) -> None:
    """Once a period, at the place where the burst began, to a millisecond."""
    mine, other = Probe(1, audio), Probe(2, audio)
    places = found(mine.seeker(audio, audio), mine)
    assert places == [pytest.approx(0, abs=3), pytest.approx(PERIOD_FRAMES * 20, abs=3)]
    assert found(mine.seeker(audio, audio), other) == []


@pytest.mark.parametrize("audio", FORMATS, ids=lambda audio: f"{audio.encoding}-{audio.rate_hz}")
def test_a_caller_finds_itself_at_every_place_of_a_chunk(audio: AudioFormat) -> None:
    """Silence before the burst hides it from nobody, though in L16 it is nothing but zeros."""
    probe, seeker = Probe(1, audio), Probe(1, audio).seeker(audio, audio)
    seeker.doubt_exactness()
    places = found(seeker, probe, periods=5, frames=5)
    assert places == [pytest.approx(period * PERIOD_FRAMES * 20, abs=3) for period in range(5)]


def test_a_probe_says_every_frame_of_its_period() -> None:
    """A burst, speech, and silence that nobody would hear."""
    probe = Probe(7, PCMU_8K)
    assert {len(frame) for frame in probe.frames} == {20 * bytes_per_ms(PCMU_8K)}
    assert len(probe.frames) == PERIOD_FRAMES
    assert not any(probe.is_silent(index) for index in range(MARKER_FRAMES + 30))
    assert all(probe.is_silent(index) for index in range(40, PERIOD_FRAMES))
    assert not probe.is_silent(PERIOD_FRAMES)
