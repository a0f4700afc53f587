import audioop

import numpy as np

from gateway.sandbox.counterparts.sound import FREQUENCY_HZ, tone


def test_a_tone_is_pure_and_as_long_as_asked() -> None:
    """One line in its spectrum."""
    ulaw = tone(1000)
    spectrum = np.abs(np.fft.rfft(np.frombuffer(audioop.ulaw2lin(ulaw, 2), "<i2")))

    assert len(ulaw) == 8000
    assert int(spectrum.argmax()) == FREQUENCY_HZ
    assert spectrum[FREQUENCY_HZ] > 50 * np.delete(spectrum, FREQUENCY_HZ).max()


def test_a_tone_of_no_time_is_none() -> None:
    """As a turn without a beep has."""
    assert tone(0) == b""
