"""Acts on what Kallglot tells of a session beside its stream."""

from collections import OrderedDict

from gateway.bridge.closer import Closer
from gateway.bridge.events import SessionEnded
from gateway.bridge.office import Office
from gateway.bridge.switchboard import Switchboard
from gateway.calls import EndReason, SessionId
from gateway.store.record import Outcome

_REMEMBERED = 4096
"""Event ids. Kallglot repeats an event for a day; acting on one twice changes nothing, so forgetting is no harm."""


class Notices:
    """Kallglot's webhooks, as far as calls are concerned."""

    def __init__(self, office: Office, switchboard: Switchboard, closer: Closer) -> None:
        self._office = office
        self._switchboard = switchboard
        self._closer = closer
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_news(self, event_id: str) -> bool:
        """Whether the event was not told before."""
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def forget(self, event_id: str) -> None:
        """It could not be acted on: told again, it is news again."""
        self._seen.pop(event_id, None)

    async def session_ended(self, session_id: SessionId) -> None:
        """The session is over: so are its calls, wherever they are.

        Raises:
            StoreUnavailableError: there is no telling which calls it had.
        """
        for record in await self._office.ledger.calls_of(session_id):
            relay = self._switchboard.find(record.call_id)
            if relay is not None:
                relay.handle(SessionEnded(relay.queued_ms()))
            elif record.owner == self._office.replica or record.ticket is None or not record.ticket.used:
                # Nobody has its stream: a caller on the way to us, or away, gets the route's `after`.
                await self._closer.finish(
                    record.call_id, Outcome.AFTER, EndReason.SESSION_ENDED, caller_gone=False, version=record.version
                )
