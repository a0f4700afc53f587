import array

import pytest

from gateway.audio.formats import AudioFormat, Encoding
from gateway.simulator.listener import Heard, Listener, Recording, timeline
from gateway.simulator.playout import Played
from gateway.simulator.speech import encode
from tests.simulator.sounds import frequency_of, tone

PCMU = AudioFormat(Encoding.PCMU)
L16 = AudioFormat(Encoding.L16, 16000)


def test_keeps_silence_where_nothing_was_played() -> None:
    """Sound lands where it was heard, and the gap before it is exactly as long as it was."""
    listener = Listener(PCMU, Heard(), now_ms=1000)
    listener.hear(Played(1100, encode(tone(20), PCMU)))
    samples = array.array("h", listener.recording(1200).linear)
    assert len(samples) == 1600
    assert not any(samples[:800])
    assert any(samples[800:960])
    assert not any(samples[960:])


def test_counts_sound_apart_from_silence() -> None:
    """Comfort noise is played but is nothing that anybody hears."""
    heard = Heard()
    listener = Listener(PCMU, heard, now_ms=0)
    listener.hear(Played(0, encode(tone(40), PCMU)))
    listener.hear(Played(40, encode(bytes(320), PCMU)))
    assert heard == Heard(played_ms=60, sound_ms=40, last_sound_ms=40)


def test_records_a_wideband_stream_at_the_timelines_rate() -> None:
    """A 16 kHz stream is as long and as high on the 8 kHz recording."""
    listener = Listener(L16, Heard(), now_ms=0)
    listener.hear(Played(0, encode(tone(500, 16000), L16)))
    linear = listener.recording(500).linear
    assert len(linear) == 8000
    assert frequency_of(linear, 8000) == pytest.approx(440, abs=3)


def test_streams_of_one_call_share_its_timeline() -> None:
    """A stream that came back is heard where it was, after the hole that it left."""
    whole = timeline([Recording(1000, b"ab" * 8), Recording(1004, b"cd" * 8)], start_ms=999, now_ms=1006)
    assert whole == bytes(16) + b"ab" * 8 + bytes(48) + b"cd" * 8 + bytes(16)
