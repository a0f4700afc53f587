"""What the console tells of the live calls: one snapshot of them, as everybody who watches gets it.

Live calls share their event loop with this: of many only those that matter most are described, some at a time.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from gateway.bridge.states import State
from gateway.bridge.transcripts import Transcripts
from gateway.clock import Clock
from gateway.store.record import CallRecord
from gateway.telemetry.health import HealthFigures
from gateway.telemetry.quality import Quality
from gateway.telemetry.redact import redact_text
from gateway.web.console.captions import Caption, Captions
from gateway.web.console.wording import STATES, flag_words, rating

SHOWN = 50
"""Calls in one snapshot: more than anybody reads, some 40 kB."""
_AT_A_TIME = 20
"""Calls described before others get their turn: about a millisecond."""


class Monitored(Protocol):
    """How a call is."""

    @property
    def is_flagged(self) -> bool:
        """Something is wrong with it."""
        ...

    def figures(self) -> HealthFigures | None:
        """Its flags' times are Unix ms; None where that is not followed."""
        ...


class Watched(Protocol):
    """One live call, as far as the console looks."""

    @property
    def record(self) -> CallRecord: ...

    @property
    def state(self) -> State: ...

    @property
    def monitor(self) -> Monitored: ...


class Side(Struct, frozen=True):
    """One direction."""

    dbov: int | None
    """Level of the last second; None without audio."""
    mos: float | None
    rating: str
    jitter_ms: float
    lost_percent: float


class FlagUp(Struct, frozen=True):
    """Something is wrong."""

    words: str
    seconds: int
    """Since when."""


class LiveCall(Struct, frozen=True):
    """One card of the page."""

    id: str
    carrier: str
    route: str
    state: str
    seconds: int
    resumed: int
    heard: Side | None
    """Of the caller; None where that is not followed."""
    said: Side | None
    """To the caller."""
    flags: list[FlagUp]
    lines: list[Caption]


class Snapshot(Struct, frozen=True):
    """All cards."""

    live: int
    """Calls there are, shown or not."""
    flagged: int
    """Of them: with a flag."""
    calls: list[LiveCall]
    """The newest first."""


_encoder = msgspec.json.Encoder()


class LiveFeed:
    """Describes the calls that are live at the moment it is asked; hears what is said on them while it is on."""

    def __init__(self, live: Callable[[], Iterable[Watched]], transcripts: Transcripts, clock: Clock) -> None:
        self._live = live
        self._transcripts = transcripts
        self._clock = clock
        self._captions = Captions()
        self._stop_listening: Callable[[], None] | None = None

    def begin(self) -> None:
        """Listen."""
        self._stop_listening = self._transcripts.subscribe(self._captions.take)

    def end(self) -> None:
        """Listen no more, and forget what was said."""
        if self._stop_listening is not None:
            self._stop_listening()
        self._captions.clear()

    async def snapshot(self) -> bytes:
        """The calls as they are now, as JSON."""
        live = list(self._live())
        self._captions.keep_only({call.record.call_id for call in live})
        flagged = [call for call in live if call.monitor.is_flagged]
        described: list[LiveCall] = []
        for number, call in enumerate(chosen(live, flagged)):
            if number and number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            described.append(describe(call, self._captions.of(call.record.call_id), self._clock.unix_ms()))
        return _encoder.encode(Snapshot(len(live), len(flagged), described))


def chosen(live: Sequence[Watched], flagged: Sequence[Watched], most: int = SHOWN) -> Sequence[Watched]:
    """The calls to show: all if there is room, else those with a flag before those without; the newest first."""
    newest = sorted(live, key=lambda call: call.record.created_ms, reverse=True)
    if len(newest) <= most:
        return newest
    troubled = set(map(id, flagged))
    first = sorted(newest, key=lambda call: id(call) not in troubled)[:most]
    return sorted(first, key=lambda call: call.record.created_ms, reverse=True)


def describe(call: Watched, lines: Sequence[Caption], unix_ms: int) -> LiveCall:
    """One call; a number that a route's name holds is masked."""
    record, figures = call.record, call.monitor.figures()
    return LiveCall(
        id=record.call_id,
        carrier=record.carrier,
        route=redact_text(record.route),
        state=STATES[call.state],
        seconds=max(0, unix_ms - record.created_ms) // 1000,
        resumed=len(record.resumed_ms),
        heard=_side(figures.heard_dbov, figures.heard) if figures else None,
        said=_side(figures.said_dbov, figures.said) if figures else None,
        flags=[FlagUp(flag_words(flag), (unix_ms - flag.start_ms) // 1000) for flag in figures.flags]
        if figures
        else [],
        lines=list(lines),
    )


def _side(dbov: int | None, quality: Quality) -> Side:
    mos = quality.mos
    return Side(
        dbov=dbov,
        mos=None if mos is None else round(mos, 1),
        rating="" if mos is None else rating(mos),
        jitter_ms=round(quality.jitter_ms, 1),
        lost_percent=round(quality.loss_percent, 1),
    )
