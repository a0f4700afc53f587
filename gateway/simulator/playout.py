"""A carrier's play-out buffer: what the gateway sent, played in real time. Sans-I/O.

Both carriers promise the same: audio is played in the order received; a mark comes back when everything before it
was played, at once when nothing is; `clear` empties the buffer and brings every mark in it back.
Wire reference: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Played:
    """Audio that has just reached the caller's ear."""

    at_ms: int
    """When its first sample was played."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class MarkReached:
    """A mark to be echoed: what was queued before it has been played, or cleared."""

    name: str
    cleared: bool = False
    """Something before it was thrown away unheard; the carriers' echo does not tell."""


PlayoutEvent = Played | MarkReached


class Playout:
    """Plays one stream's media in real time; where nothing is queued the caller hears silence."""

    def __init__(self, *, bytes_per_ms: int, now_ms: int) -> None:
        self._bytes_per_ms = bytes_per_ms
        self._queue: deque[bytes | str] = deque()
        self._start_ms = now_ms
        self._position = 0
        self._queued_bytes = 0
        self._ran_dry_at = 0
        self._expects_more = False
        self.underruns = 0
        """How often the buffer ran dry in the middle of something: after media that no mark or `clear` followed."""
        self.clears = 0

    def media(self, payload: bytes, now_ms: int) -> list[PlayoutEvent]:
        """Queue audio behind what is queued already."""
        events = self.advance(now_ms)
        if not payload:
            return events
        if self._expects_more and not self._queue and self._position > self._ran_dry_at:
            self.underruns += 1
        self._queue.append(payload)
        self._queued_bytes += len(payload)
        self._expects_more = True
        return events

    def mark(self, name: str, now_ms: int) -> list[PlayoutEvent]:
        """Queue a mark; it comes back at once when nothing is buffered."""
        events = self.advance(now_ms)
        self._queue.append(name)
        self._expects_more = False
        return events + self.advance(now_ms)

    def clear(self, now_ms: int) -> list[PlayoutEvent]:
        """Throw away what is queued; every mark in it comes back."""
        events = self.advance(now_ms)
        events += [MarkReached(item, cleared=True) for item in self._queue if isinstance(item, str)]
        self._queue.clear()
        self._queued_bytes = 0
        self._expects_more = False
        self.clears += 1
        return events

    def advance(self, now_ms: int) -> list[PlayoutEvent]:
        """Play up to now."""
        events: list[PlayoutEvent] = []
        target = (now_ms - self._start_ms) * self._bytes_per_ms
        while self._queue:
            head = self._queue[0]
            if isinstance(head, str):
                events.append(MarkReached(head))
                self._queue.popleft()
            elif self._position < target:
                events.append(self._play(head, target - self._position))
            else:
                break
        self._position = max(self._position, target)
        return events

    def _play(self, head: bytes, room: int) -> Played:
        piece, rest = head[:room], head[room:]
        played = Played(self._start_ms + self._position // self._bytes_per_ms, piece)
        if rest:
            self._queue[0] = rest
        else:
            self._queue.popleft()
        self._position += len(piece)
        self._queued_bytes -= len(piece)
        self._ran_dry_at = self._position
        return played

    @property
    def queued_ms(self) -> int:
        """Milliseconds of audio that wait to be played."""
        return self._queued_bytes // self._bytes_per_ms

    def next_deadline_ms(self) -> int | None:
        """When the next mark will be reached, or None where no mark is queued."""
        ahead = 0
        for item in self._queue:
            if isinstance(item, str):
                return self._start_ms - (-(self._position + ahead) // self._bytes_per_ms)
            ahead += len(item)
        return None
