"""How much of the caller's audio may wait in the kernel before anybody is woken for it. Sans-I/O.

A carrier sends fifty frames a second, and five of them make a chunk: nothing can be done with the first four, and being
woken for them costs more than hearing them. A socket can be told to wake nobody before so many bytes are there
(SO_RCVLOWAT, socket(7)), so it is told how many the rest of the chunk has. The frame that completes a chunk is heard
when it arrives, as before; the others then lie there already.

What comes between frames, a digit say, waits up to a chunk. Where frames do not come, somebody looks after a while, as
a `stop` is too short to wake anybody, and then they are read singly until they flow again. They are read singly for a
second in twenty besides: how unevenly they arrive is seen only so.
"""

LOOK_AFTER_MS = 200
"""Without a frame: no carrier is that late, and no caller who has hung up is that long with us."""

_HEADER_BYTES = 8
"""Of a client's WebSocket frame of 126 bytes to 64 KiB: two, a length of two, a mask of four (RFC 6455 §5.2)."""

_SAMPLED_FRAMES = 50
"""Read singly at first and again and again: enough for the jitter of RFC 3550 A.8, a mean over sixteen, to settle."""

_SAMPLED_EVERY = 190
"""Chunks, in between."""

_STEADY_FRAMES = 10
"""Read singly after some were late."""

_WAKE_MS = 20
"""After it was asked what is there, what comes within this was there."""

_FRESH_MS = 250
"""How long it is believed that nothing was there: a loop that stood still since has not read what came."""

_ANSWER_MS = 10
"""After it was asked the answer has been read: timers and sockets take turns, and no turn of a timer's is shorter."""


class Gathering:
    """One media socket's, told of every read."""

    __slots__ = ("_chunks", "_longest", "_looked_ms", "_missing", "_singly", "least_bytes")

    def __init__(self) -> None:
        self.least_bytes = 1
        """What has to be there before anybody is woken."""
        self._singly = _SAMPLED_FRAMES
        self._missing = 0
        self._longest = 0
        self._chunks = 0
        self._looked_ms: int | None = None

    @property
    def answered_by_ms(self) -> int | None:
        """When it is known that there was nothing, since somebody looked; None where nobody had to, or there was."""
        return self._looked_ms + _ANSWER_MS if self._looked_ms is not None else None

    def has_to_look(self, now_ms: int) -> bool:
        """Whether it is not known what is there, or not any more."""
        return self._looked_ms is None or now_ms - self._looked_ms > _FRESH_MS

    def came_before(self, now_ms: int) -> bool:
        """Whether what is read now may have lain there for a while, all but the last of it."""
        return self.least_bytes > 1 or (self._looked_ms is not None and now_ms - self._looked_ms < _WAKE_MS)

    def read(self, frames: int, longest: int, missing: int) -> bool:
        """So many frames were read, their longest message of so many bytes; whether `least_bytes` has changed.

        `missing` frames complete the next chunk; 0 where each is wanted as it comes.
        """
        self._looked_ms = None
        if self._singly > 0:
            self._singly -= frames
            return False
        self._chunks += 1
        if self._chunks > _SAMPLED_EVERY:
            return self._read_singly(_SAMPLED_FRAMES)
        if missing == self._missing and longest == self._longest:
            return False
        self._missing, self._longest = missing, longest
        # All of them but one, and a byte: so one that is shorter than the others is not waited beyond.
        return self._wait_for((missing - 1) * (longest + _HEADER_BYTES) + 1 if missing else 1)

    def look(self, now_ms: int) -> bool:
        """The frames have not come in time: read what is there. Whether `least_bytes` has changed."""
        self._looked_ms = now_ms
        return self._read_singly(_STEADY_FRAMES)

    def _read_singly(self, frames: int) -> bool:
        self._singly, self._chunks, self._missing = frames, 0, 0
        return self._wait_for(1)

    def _wait_for(self, least_bytes: int) -> bool:
        changed = least_bytes != self.least_bytes
        self.least_bytes = least_bytes
        return changed
