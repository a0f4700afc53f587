from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio.resample import Resampler
from tests.audio.tones import amplitude, click, decibels, noise, pieces, samples, tone

RATES = [
    pytest.param(24000, 8000, id="24-8"),
    pytest.param(16000, 8000, id="16-8"),
    pytest.param(48000, 8000, id="48-8"),
    pytest.param(22050, 8000, id="22-8"),
    pytest.param(8000, 16000, id="8-16"),
    pytest.param(8000, 24000, id="8-24"),
]


def resampled(linear: bytes, from_hz: int, to_hz: int) -> bytes:
    resampler = Resampler(from_hz, to_hz)
    return resampler.feed(linear) + resampler.flush()


def test_equal_rates_pass_through() -> None:
    """Nothing is copied, nothing is late."""
    linear = tone(440, 8000, 20)
    resampler = Resampler(8000, 8000)

    assert resampler.feed(linear) is linear
    assert resampler.flush() == b""


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_speech_keeps_its_length_and_its_level(from_hz: int, to_hz: int) -> None:
    """Half a second stays half a second, and a tone in the telephone band stays as loud within half a dB."""
    heard = Resampler(from_hz, to_hz).feed(tone(1000, from_hz, 500))

    assert len(heard) == to_hz
    assert abs(decibels(amplitude(heard, 1000, to_hz) / 10_000)) < 0.5


@pytest.mark.parametrize("from_hz", [16000, 24000, 48000])
def test_what_8_khz_cannot_carry_does_not_fold_into_it(from_hz: int) -> None:
    """A 5 kHz tone would be heard at 3 kHz: less than -40 dB of it is."""
    heard = resampled(tone(5000, from_hz, 500), from_hz, 8000)

    assert decibels(amplitude(heard, 3000, 8000) / 10_000) < -40


def test_no_image_appears_above_what_8_khz_carried() -> None:
    """A 3 kHz tone would have a twin at 5 kHz: less than -40 dB of it is there."""
    heard = resampled(tone(3000, 8000, 500), 8000, 16000)

    assert decibels(amplitude(heard, 5000, 16000) / 10_000) < -40


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_frame_comes_out_as_long_as_it_went_in(from_hz: int, to_hz: int) -> None:
    """Five frames are a chunk: it does not wait for a sixth."""
    resampler = Resampler(from_hz, to_hz)
    frames = pieces(noise(from_hz, 500), [from_hz // 50], whole=2)

    assert {len(resampler.feed(frame)) for frame in frames} == {to_hz // 50 * 2}


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_click_is_two_milliseconds_late(from_hz: int, to_hz: int) -> None:
    """And no sample is later than another; the flush brings the last."""
    heard = samples(resampled(click(from_hz, 200, at_ms=100), from_hz, to_hz))
    loudest = max(range(len(heard)), key=lambda n: abs(heard[n]))

    assert abs(loudest * 1000 / to_hz - 102) <= 0.25
    assert abs(len(heard) * 1000 / to_hz - 202) <= 0.25


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(1, 1500), min_size=1, max_size=5))
def test_the_output_does_not_depend_on_the_pieces(from_hz: int, to_hz: int, lengths: list[int]) -> None:
    """Bursts of any size sound like steady frames."""
    said = noise(from_hz, 100)
    resampler = Resampler(from_hz, to_hz)

    heard = b"".join(map(resampler.feed, pieces(said, lengths, whole=2))) + resampler.flush()

    assert heard == resampled(said, from_hz, to_hz)


def test_a_new_stream_begins_after_a_flush() -> None:
    """The second utterance is resampled as the first was, with nothing of the first in it."""
    resampler = Resampler(24000, 8000)
    said = noise(24000, 60)

    first = resampler.feed(said) + resampler.flush()
    second = resampler.feed(said) + resampler.flush()

    assert first == second
    assert resampler.flush() == b""


def test_nothing_in_is_nothing_out() -> None:
    """An empty payload is no reason for a fault."""
    assert Resampler(24000, 8000).feed(b"") == b""


def test_no_resampler_has_threads_of_its_own() -> None:
    """FFmpeg would start one for every core, for each direction of each wideband call."""
    before = _threads()
    resampler = Resampler(16000, 8000)

    resampler.feed(noise(16000, 20))

    assert _threads() <= before


def _threads() -> set[str]:
    return {task.name for task in Path("/proc/self/task").iterdir()}
