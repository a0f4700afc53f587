import array
import audioop
import itertools

import pytest

from gateway.sandbox.counterparts.sound import FREQUENCY_HZ, tone
from gateway.sandbox.speech.sound import RECOGNISER_HZ, narrow, widen


def crossings(samples: "array.array[int] | array.array[float]") -> int:
    """How often a signal rises through zero."""
    return sum(a < 0 <= b for a, b in itertools.pairwise(samples))


def test_a_recogniser_hears_what_the_telephone_heard() -> None:
    """A second of 400 Hz stays one at twice the rate, within the range of a float sample."""
    samples = array.array("f", widen(tone(1000)))

    assert len(samples) == RECOGNISER_HZ
    assert crossings(samples) == pytest.approx(FREQUENCY_HZ, abs=2)
    assert 0.2 < max(samples) < 0.3


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 24_000])
def test_a_voice_at_any_rate_fits_the_telephone(rate_hz: int) -> None:
    """A second stays a second, and its pitch what it was."""
    linear = audioop.ulaw2lin(tone(1000), 2)
    at_rate, _ = audioop.ratecv(linear, 2, 1, 8000, rate_hz, None)
    ulaw = narrow(at_rate, rate_hz)

    assert len(ulaw) == pytest.approx(8000, abs=8)
    assert crossings(array.array("h", audioop.ulaw2lin(ulaw, 2))) == pytest.approx(FREQUENCY_HZ, abs=2)


def test_nothing_stays_nothing() -> None:
    """A voice that said nothing."""
    assert narrow(b"", 22_050) == widen(b"") == b""
