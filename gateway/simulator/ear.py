"""What a carrier does with what a gateway sends: plays it, echoes marks, notes what is wrong. Sans-I/O."""

import time
from collections import deque
from collections.abc import Callable
from typing import assert_never

from gateway.simulator.dialect import Clear, Complaint, Mark, Media, StreamDialect
from gateway.simulator.faults import Delays
from gateway.simulator.playout import MarkReached, Played, Playout, PlayoutEvent
from gateway.simulator.report import EventKind, Logbook


class Ear:
    """One stream's."""

    def __init__(
        self,
        dialect: StreamDialect,
        playout: Playout,
        log: Logbook,
        late_marks: Delays,
        *,
        arrived: Callable[[bytes, int], None],
        played: Callable[[Played], None],
    ) -> None:
        self._dialect = dialect
        self._playout = playout
        self._log = log
        self._late_marks = late_marks
        self._arrived = arrived
        self._played = played
        self._echoes: deque[tuple[int, str]] = deque()

    @property
    def queued_ms(self) -> int:
        """Milliseconds of audio that wait to be played."""
        return self._playout.queued_ms

    def take(self, data: str | bytes, now_ms: int) -> list[str]:
        """What the carrier answers to one message at once."""
        report = self._log.report
        report.messages_received += 1
        replies: list[str] = []
        for received in self._dialect.read(data):
            match received:
                case Media(payload=payload):
                    report.frames_received += 1
                    self._arrived(payload, time.perf_counter_ns())
                    if report.streams[-1].first_audio_ms is None:
                        report.streams[-1].first_audio_ms = self._log.since_start(now_ms)
                    self._settle(self._playout.media(payload, now_ms), now_ms)
                case Mark(name=name):
                    self._settle(self._playout.mark(name, now_ms), now_ms)
                case Clear():
                    report.clears += 1
                    self._log.happened(EventKind.CLEAR, f"{self._playout.queued_ms} ms queued", now_ms)
                    self._settle(self._playout.clear(now_ms), now_ms)
                case Complaint():
                    self._log.complain(received, now_ms)
                    replies += filter(None, [self._dialect.complain(received)])
                case _:
                    assert_never(received)
        return replies + self._due_echoes(now_ms)

    def due(self, now_ms: int) -> list[str]:
        """Play up to now; the marks that are echoed then."""
        self._settle(self._playout.advance(now_ms), now_ms)
        return self._due_echoes(now_ms)

    def next_deadline_ms(self) -> int | None:
        """When the next mark is to be echoed, or None."""
        deadlines = [self._playout.next_deadline_ms(), self._echoes[0][0] if self._echoes else None]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def close(self, now_ms: int) -> None:
        """Nothing more will come: what was played until now was heard."""
        self._settle(self._playout.advance(now_ms), now_ms)
        self._log.report.underruns += self._playout.underruns

    def _due_echoes(self, now_ms: int) -> list[str]:
        due = []
        while self._echoes and self._echoes[0][0] <= now_ms:
            due.append(self._dialect.mark(self._echoes.popleft()[1]))
        return due

    def _settle(self, events: list[PlayoutEvent], now_ms: int) -> None:
        """Let the caller hear what was played, and get the echoes of marks ready."""
        report = self._log.report
        for event in events:
            match event:
                case Played(at_ms=at_ms):
                    self._played(event)
                    if report.first_audio_ms is None:
                        report.first_audio_ms = self._log.since_start(at_ms)
                        self._log.happened(EventKind.FIRST_AUDIO, "", at_ms)
                case MarkReached(name=name, cleared=cleared):
                    (report.cleared_marks if cleared else report.marks).append(name)
                    self._log.happened(EventKind.MARK, name, now_ms)
                    late_ms = max(now_ms + self._late_marks.next_ms(), self._echoes[-1][0] if self._echoes else 0)
                    self._echoes.append((late_ms, name))
                case _:
                    assert_never(event)
