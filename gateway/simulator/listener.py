"""What a caller heard, as sound on the call's timeline. Sans-I/O."""

import audioop
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audio.formats import AudioFormat
from gateway.simulator.playout import Played
from gateway.simulator.speech import AUDIBLE_RMS, Decoder, bytes_per_ms, resample, sampled_rate_hz

TIMELINE_HZ = 8000
"""Samples a second of a call's recording, whatever its streams had."""


@dataclass(slots=True)
class Heard:
    """How much a caller has heard over all streams of a call."""

    played_ms: int = 0
    """Milliseconds of audio played, silent or not."""
    sound_ms: int = 0
    """Milliseconds of it that were loud enough to be heard."""
    last_sound_ms: int | None = None
    """When the last of those ended."""


class Listener:
    """Hears one stream's play-out and adds it to what the caller has heard."""

    def __init__(self, audio: AudioFormat, heard: Heard, *, now_ms: int) -> None:
        self._heard = heard
        self._decoder = Decoder(audio)
        self._rate_hz = sampled_rate_hz(audio)
        self._bytes_per_ms = bytes_per_ms(audio)
        self._start_ms = now_ms
        self._linear = bytearray()

    def hear(self, played: Played) -> None:
        """Take in audio at the moment at which it was played."""
        linear = self._decoder.decode(played.payload)
        self._fill(played.at_ms)
        self._linear += linear
        length_ms = len(played.payload) // self._bytes_per_ms
        self._heard.played_ms += length_ms
        if audioop.rms(linear, 2) >= AUDIBLE_RMS:
            self._heard.sound_ms += length_ms
            self._heard.last_sound_ms = played.at_ms + length_ms

    def _fill(self, until_ms: int) -> None:
        wanted = (until_ms - self._start_ms) * self._rate_hz // 1000 * 2
        self._linear += bytes(max(0, wanted - len(self._linear)))

    def recording(self, now_ms: int) -> "Recording":
        """All of the stream until now, silence included."""
        self._fill(now_ms)
        return Recording(self._start_ms, resample(bytes(self._linear), self._rate_hz, TIMELINE_HZ))


@dataclass(frozen=True, slots=True)
class Recording:
    """A stretch of sound and when it began."""

    start_ms: int
    linear: bytes
    """16-bit samples in this machine's order at `TIMELINE_HZ`."""


def timeline(recordings: Sequence[Recording], *, start_ms: int, now_ms: int) -> bytes:
    """The recordings of a call's streams on one timeline that begins with the call; silence between them."""
    whole = bytearray((now_ms - start_ms) * TIMELINE_HZ // 1000 * 2)
    for recording in recordings:
        offset = (recording.start_ms - start_ms) * TIMELINE_HZ // 1000 * 2
        whole[offset : offset + len(recording.linear)] = recording.linear
    return bytes(whole)
