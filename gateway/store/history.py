"""What is kept of a call for whoever asks later what happened to it. Sans-I/O."""

import msgspec
from msgspec import Struct

from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId
from gateway.telemetry.health import HealthFigures
from gateway.telemetry.logs import logger

_log = logger("store")


class PastCall(Struct, frozen=True):
    """A call that is over, or whose caller may come back. Nobody's number, nothing that was said."""

    call_id: CallId
    carrier: Carrier
    carrier_call_id: CarrierCallId
    route: str
    session_id: SessionId | None
    created_ms: int
    """Unix ms of the first webhook."""
    epoch: int
    """Of the media socket that knew this."""
    box: bytes
    """An encoded `BlackBox`."""
    ended_ms: int = 0
    """Unix ms; 0 while the call may go on."""
    end_reason: EndReason | None = None
    resumed: int = 0
    figures: dict[str, int] = {}
    health: HealthFigures | None = None
    """As the last socket left it; None where it was not followed."""
    setup_ms: dict[str, int] = {}


encode = msgspec.msgpack.Encoder().encode
"""A call as the store keeps it."""

_decode = msgspec.msgpack.Decoder(PastCall).decode


def decode(stored: bytes) -> PastCall | None:
    """The call; None, and a line in the log, where another version wrote something else."""
    try:
        return _decode(stored)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as exc:
        _log.error("past_call_unreadable", detail=str(exc))
        return None
