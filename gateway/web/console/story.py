"""What the console is told of one call, live or finished."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId
from gateway.telemetry.blackbox import Recording
from gateway.telemetry.health import HealthFigures


@dataclass(frozen=True, slots=True)
class Story:
    """One call from its first webhook to now, or to its end."""

    call_id: CallId
    carrier: Carrier
    carrier_call_id: CarrierCallId
    session_id: SessionId | None
    route: str
    state: str
    """In words."""
    began_ms: int
    """Unix ms."""
    seconds: float
    reason: EndReason | None
    """None while it goes on."""
    figures: Mapping[str, int]
    """`CallCounts`' plain figures, by name."""
    health: HealthFigures | None
    """As it is, or as the last socket left it; None where it was not followed."""
    recording: Recording


class Stories(Protocol):
    """Where calls can be found."""

    async def find(self, call_id: CallId) -> Story | None:
        """The call, or None where nothing is known of it, any more or at all.

        Raises:
            StoreUnavailableError: there is no telling.
        """
        ...
