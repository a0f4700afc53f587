"""Finds a call: among those that are live here, else among those that are kept in the store."""

from gateway.bridge.relay import Relay
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId
from gateway.clock import Clock
from gateway.store.history import PastCall
from gateway.store.ledger import Ledger
from gateway.telemetry.blackbox import decode
from gateway.web.console.story import Story
from gateway.web.console.wording import STATES


class CallBook:
    """One replica's view of all calls."""

    def __init__(self, switchboard: Switchboard, ledger: Ledger, clock: Clock) -> None:
        self._switchboard = switchboard
        self._ledger = ledger
        self._clock = clock

    async def find(self, call_id: CallId) -> Story | None:
        """The call, or None where nothing is known of it.

        Raises:
            StoreUnavailableError: there is no telling.
            RecordingError: another version recorded it.
        """
        relay = self._switchboard.find(call_id)
        if relay is not None:
            return live_story(relay, self._clock.unix_ms())
        past = await self._ledger.recall(call_id, self._clock.unix_ms())
        return past_story(past, self._clock.unix_ms()) if past is not None else None


def live_story(relay: Relay, unix_ms: int) -> Story:
    """A call as it is now."""
    record = relay.record
    return Story(
        call_id=record.call_id,
        carrier=record.carrier,
        carrier_call_id=record.carrier_call_id,
        session_id=record.session.session_id if record.session is not None else None,
        route=record.route,
        state=STATES[relay.state],
        began_ms=record.created_ms,
        seconds=(unix_ms - record.created_ms) / 1000,
        reason=None,
        figures=relay.figures(),
        health=relay.monitor.figures(),
        recording=decode(relay.monitor.box.encode()),
    )


def past_story(past: PastCall, unix_ms: int) -> Story:
    """A call as its last socket left it.

    Raises:
        RecordingError: another version recorded it.
    """
    return Story(
        call_id=past.call_id,
        carrier=past.carrier,
        carrier_call_id=past.carrier_call_id,
        session_id=past.session_id,
        route=past.route,
        state="Ended" if past.ended_ms else "Away: its caller may come back",
        began_ms=past.created_ms,
        seconds=((past.ended_ms or unix_ms) - past.created_ms) / 1000,
        reason=past.end_reason,
        figures=past.figures,
        health=past.health,
        recording=decode(past.box),
    )
