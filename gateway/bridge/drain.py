"""Empties a replica that has to go, so that no caller notices."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.bridge.events import Ending, GiveUp
from gateway.bridge.presence import Presence
from gateway.bridge.relay import Relay
from gateway.bridge.states import State
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId, EndReason
from gateway.clock import Clock
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import Handover, Metrics

_log = logger("drain")

_LOOK_AGAIN_S = 0.05
"""A pause lasts longer."""

_FAREWELL_S = 2.0
"""For the carriers' questions after the last call has left: this replica is still asked, and may be the only one."""


@dataclass(frozen=True, slots=True)
class DrainPolicy:
    """How much time a drain takes."""

    handover_after_ms: int = 20_000
    """Until then calls may end by themselves."""
    deadline_ms: int = 120_000
    """Then they go, pause or not."""


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What became of the calls that were here."""

    finished: int
    """Ended by themselves."""
    moved: int
    """Handed to another replica."""
    cut: int
    """Ended by us: there was nobody to take them."""


class Drain:
    """One replica's; once begun it is not taken back."""

    def __init__(
        self,
        switchboard: Switchboard,
        presence: Presence,
        clock: Clock,
        metrics: Metrics,
        policy: DrainPolicy,
        is_answering: Callable[[], bool],
    ) -> None:
        """`is_answering` says whether callers who have just arrived wait for their answer."""
        self._switchboard = switchboard
        self._is_answering = is_answering
        self._metrics = metrics
        self._presence = presence
        self._clock = clock
        self._policy = policy
        self._began_ms: int | None = None
        self._is_closed = False
        self._there: set[CallId] = set()
        self._moved = 0
        self._cut = 0

    @property
    def has_begun(self) -> bool:
        """New calls should go elsewhere."""
        return self._began_ms is not None

    @property
    def hands_over(self) -> bool:
        """Calls leave: none should come in any more."""
        return self._began_ms is not None and self._age_ms() >= self._policy.handover_after_ms

    @property
    def lets_in(self) -> bool:
        """Whether media sockets are for this replica: not while its calls leave for others, nor when it goes itself."""
        is_leaving = self._is_late or (self.hands_over and self._has_heirs)
        return not is_leaving and not self._is_closed

    def begin(self) -> None:
        """Take no more calls than there are."""
        if self._began_ms is None:
            self._began_ms = self._clock.now_ms()
            self._presence.leave()
            self._metrics.draining.set(1)
            _log.info("drain_begun", calls=len(self._switchboard))

    async def run(self) -> DrainReport:
        """Wait until the last call has left, and until the deadline for callers who have arrived, or are to be here."""
        self.begin()
        while self._is_needed:
            await self._empty()
            if self._there:
                await asyncio.sleep(_FAREWELL_S)
        report = self.report()
        _log.info("drained", finished=report.finished, moved=report.moved, cut=report.cut)
        return report

    def close(self) -> None:
        """The gateway stops: whoever comes now is carried by another replica, and would only be ended by this one."""
        self._is_closed = True

    def report(self) -> DrainReport:
        """What has become of the calls so far; those that are still here will be cut."""
        left = sum(relay.state is not State.CLOSED for relay in self._switchboard.live())
        finished = len(self._there) - self._moved - self._cut - left
        return DrainReport(finished, self._moved, self._cut + left)

    async def _empty(self) -> None:
        while self._is_needed:
            self._there |= {relay.record.call_id for relay in self._switchboard.live()}
            if self.hands_over:
                self._hand_over()
            await asyncio.sleep(_LOOK_AGAIN_S)

    @property
    def _is_needed(self) -> bool:
        if self._switchboard.live():
            return True
        # Where nobody leads callers elsewhere they go on arriving, and some would be waited for for ever.
        return not self._is_late and (self._is_answering() or self._expects())

    def _expects(self) -> bool:
        """Whether carriers are about to open media sockets that would be let in."""
        return self.lets_in and self._switchboard.expected.count(self._clock.now_ms()) > 0

    def _hand_over(self) -> None:
        """Let go of every call that is in a pause; at the deadline of all."""
        is_late = self._is_late
        has_heirs = self._has_heirs
        for relay in self._switchboard.live():
            if relay.state is State.CLOSED:
                continue
            relay.listen_for_pause()
            if has_heirs and (is_late or relay.is_in_pause()):
                self._moved += 1
                self._let_go(relay, Ending.AWAIT_RETURN, Handover.DEADLINE if is_late else Handover.PAUSE)
            elif is_late:
                self._cut += 1
                self._let_go(relay, Ending.FAILURE, Handover.CUT)

    def _let_go(self, relay: Relay, ending: Ending, result: Handover) -> None:
        relay.handle(GiveUp(ending, EndReason.DRAINED))
        self._metrics.drain_handovers.labels(result).inc()

    @property
    def _has_heirs(self) -> bool:
        return self._presence.others > 0

    @property
    def _is_late(self) -> bool:
        return self._began_ms is not None and self._age_ms() >= self._policy.deadline_ms

    def _age_ms(self) -> int:
        return self._clock.now_ms() - self._began_ms if self._began_ms is not None else 0
