"""Whether what is read as μ-law is A-law. Sans-I/O.

Read by the wrong law, audio keeps its signs and pauses and loses its shape: A-law's inverted bits (ITU-T G.711 §3) swap
segments of the scale, so neighbouring samples jump. So a piece is read both ways, and the law under which a sample says
more about the next one is the likely one. Of recorded speech, most pieces answer this by a factor of two, hardly any
wrongly; noise, in which no sample says anything about the next, does not answer, and neither does silence.
"""

import audioop

_LEAST_RMS = 164
"""-46 dBov, under either law: the steps of a quiet line are no sound."""
_LEAST_BYTES = 160
"""20 ms: less is no statistics."""
_CLEAR = 0.6
"""How much less must be left to guess under one law than under the other."""
_CERTAIN = 4
"""Pieces by which one law must lead."""
_RECHECK_MS = 10_000
"""When to look again at a stream whose law is certain: some 10 µs a piece need not be spent each second."""
_PUZZLED = 4
"""Pieces in a row that are loud and say nothing, as noise's do..."""
_PAUSE_MS = 5_000
"""... after which not every second is asked."""
_LEAST_LEFT = 1e-4
"""Below this a sound is a pure tone, and its remainder is the codec's own noise."""


class CompandingWatch:
    """Follows one stream that is said to be μ-law."""

    def __init__(self) -> None:
        self._score = 0
        """Pieces that spoke for A-law less those for μ-law, within what makes certain."""
        self._due_ms = 0
        self._suspected_ms = 0
        self._wrong = False
        self._puzzling = 0
        """Loud pieces in a row that did not answer."""

    def is_listening(self, now_ms: int) -> bool:
        """Whether a piece that comes then will be heard: once the law is certain, only now and then."""
        return now_ms >= self._due_ms

    def listen(self, ulaw: bytes, now_ms: int) -> None:
        """Hear a piece; the loudest of a second says most."""
        if not self.is_listening(now_ms):
            return
        is_loud, vote = _vote(ulaw)
        if is_loud:
            self._puzzling = 0 if vote else self._puzzling + 1
        if self._puzzling >= _PUZZLED:
            self._due_ms = now_ms + _PAUSE_MS
        if vote > 0 and self._score <= 0:
            self._suspected_ms = now_ms
        self._score = max(-_CERTAIN, min(_CERTAIN, self._score + vote))
        # One piece that sounds otherwise does not end it.
        self._wrong = self._score == _CERTAIN or (self._wrong and self._score > 0)
        if self._score == -_CERTAIN:
            self._due_ms = now_ms + _RECHECK_MS

    @property
    def wrong_since_ms(self) -> int | None:
        """Since when it has been A-law, as far as is certain; None while it seems right."""
        return self._suspected_ms if self._wrong else None


def _vote(ulaw: bytes) -> tuple[bool, int]:
    """Whether there is a sound; 1 where it is rather A-law, -1 where it is rather μ-law, 0 where it does not say."""
    if len(ulaw) < _LEAST_BYTES:
        return False, 0
    as_ulaw = audioop.ulaw2lin(ulaw, 2)
    as_alaw = audioop.alaw2lin(ulaw, 2)
    if min(audioop.rms(as_ulaw, 2), audioop.rms(as_alaw, 2)) < _LEAST_RMS:
        return False, 0
    left_ulaw, left_alaw = _left_to_guess(as_ulaw), _left_to_guess(as_alaw)
    if left_alaw < _CLEAR * left_ulaw:
        return True, 1
    return True, -1 if left_ulaw < _CLEAR * left_alaw else 0


def _left_to_guess(linear: bytes) -> float:
    """The share of a sound's power that the sample before does not foretell: 1 for white noise, next to 0 for a hum."""
    # What `findfactor` answers is the correlation of neighbours, as both have the same power but for their ends.
    foretold = audioop.findfactor(linear[2:], linear[:-2])
    return max(_LEAST_LEFT, 1 - foretold * foretold)
