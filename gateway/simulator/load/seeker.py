"""Finds a sound that is known in a stream of audio, piece by piece. Sans-I/O."""

import audioop

from gateway.audio.formats import AudioFormat
from gateway.simulator.speech import Decoder, bytes_per_ms, sampled_rate_hz

LIKENESS = 0.7
"""Of two sounds, 0–1: what went through codecs stays above 0.9, another caller's stays below 0.3."""


class Seeker:
    """Looks for one sound: for its very bytes while they are found, by cross-correlation otherwise."""

    def __init__(self, audio: AudioFormat, exact: bytes, reference: bytes) -> None:
        self._exact = exact
        self._reference = reference
        self._reference_rms = audioop.rms(reference, 2)
        self._decoder = Decoder(audio)
        self._bytes_per_ms = bytes_per_ms(audio)
        self._samples_per_ms = sampled_rate_hz(audio) / 1000
        self._heard_bytes = 0
        self._exact_found = False
        self._payload_tail = b""
        self._linear_tail = b""

    @property
    def heard_ms(self) -> float:
        """Audio so far."""
        return self._heard_bytes / self._bytes_per_ms

    def doubt_exactness(self) -> None:
        """The sound should have come: correlate from now on, unless its very bytes did come before."""
        if not self._exact_found:
            self._exact = b""

    def feed(self, payload: bytes, *, wanted: bool) -> float | None:
        """Where in the stream the sound begins, in milliseconds, if it ends in this payload; None where it does not.

        It is looked for only while it is `wanted`.
        """
        self._heard_bytes += len(payload)
        return self._find_bytes(payload, wanted) if self._exact else self._correlate(payload, wanted)

    def _find_bytes(self, payload: bytes, wanted: bool) -> float | None:  # noqa: FBT001 - handed through
        window = self._payload_tail + payload
        self._payload_tail = window[1 - len(self._exact) :]
        found = window.find(self._exact) if wanted else -1
        self._exact_found = self._exact_found or found >= 0
        return None if found < 0 else (self._heard_bytes - len(window) + found) / self._bytes_per_ms

    def _correlate(self, payload: bytes, wanted: bool) -> float | None:  # noqa: FBT001 - handed through
        window = self._linear_tail + self._decoder.decode(payload)
        self._linear_tail = window[2 - len(self._reference) :]
        if not wanted or len(window) < len(self._reference):
            return None
        # `findfit` divides by the energy of each place, and believes the first one for ever if that is 0. The silence
        # of L16 and of μ-law is exactly 0.
        offset, _ = audioop.findfit(b"\1\0" + window[2:], self._reference)
        part = window[2 * offset : 2 * offset + len(self._reference)]
        rms = audioop.rms(part, 2)
        # `findfactor` is <part, reference> / <reference, reference>: with both lengths it is the cosine between them.
        likeness = audioop.findfactor(part, self._reference) * self._reference_rms / rms if rms else 0.0
        if likeness < LIKENESS:
            return None
        return self.heard_ms - (len(window) / 2 - offset) / self._samples_per_ms
