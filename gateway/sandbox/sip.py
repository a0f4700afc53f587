"""A session's SIP leg: dialled, ringing, answered, hung up. Sans-I/O; no SIP is spoken, and every answer says so.

The documents name the two endpoints, the 502 of a failed dial and `routing.type: "sip"`; the bodies are ours. Who is
dialled decides how it ends, so that every outcome can be had: see `OUTCOMES`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Struct

from gateway.errors import LocalStateError
from gateway.sandbox.plans import E164, SIP_URI, SipHeaders, written_as
from gateway.sandbox.refusals import ErrorType, Refused


class LegState(StrEnum):
    """How a leg stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class LegCause(StrEnum):
    """What moves it on."""

    PICKED_UP = "picked_up"
    HUNG_UP = "hung_up"


TRANSITIONS: Mapping[LegState, Mapping[LegCause, LegState]] = {
    LegState.RINGING: {LegCause.PICKED_UP: LegState.ANSWERED, LegCause.HUNG_UP: LegState.ENDED},
    LegState.ANSWERED: {LegCause.HUNG_UP: LegState.ENDED},
    LegState.ENDED: {},
}

OUTCOMES: Mapping[str, tuple[int, str]] = {
    "busy": (486, "Busy Here"),
    "decline": (603, "Decline"),
    "notfound": (404, "Not Found"),
    "unavailable": (480, "Temporarily Unavailable"),
    "timeout": (408, "Request Timeout"),
}
"""User parts that are not reached, with what SIP would say (RFC 3261 §21); everybody else picks up."""

SIP_PARTY = re.compile(f"{SIP_URI.pattern}|{E164.pattern}")


class DialRequest(Struct):
    """The body of a dial."""

    to: Annotated[str, written_as(SIP_PARTY, "sip:bob@example.com")]
    from_uri: Annotated[str, written_as(SIP_URI, "sip:alice@example.com")] | None = None
    """Left out: that of the session's routing."""
    headers: SipHeaders | None = None


class Call(Struct, kw_only=True):
    """A telephony leg of a session."""

    id: str
    object: Literal["call"] = "call"
    session_id: str
    provider: Literal["sip"] = "sip"
    direction: Literal["outbound"] = "outbound"
    status: LegState
    to: str
    from_uri: str | None
    sip_call_id: str
    headers: dict[str, str] | None
    metadata: dict[str, Any]
    """`simulated` is true: nobody's telephone rang."""


class Leg:
    """One dialled party."""

    def __init__(self, call_id: str, session_id: str, dial: DialRequest, state: LegState = LegState.RINGING) -> None:
        self.id = call_id
        self._session_id = session_id
        self.dial = dial
        self.state = state

    def follow(self, cause: LegCause) -> None:
        """Move on.

        Raises:
            LocalStateError: the table has no such step.
        """
        try:
            self.state = TRANSITIONS[self.state][cause]
        except KeyError:
            raise LocalStateError(f"a leg that is {self.state} cannot take {cause}") from None

    def call(self) -> Call:
        """The leg, as the API shows it."""
        return Call(
            id=self.id,
            session_id=self._session_id,
            status=self.state,
            to=self.dial.to,
            from_uri=self.dial.from_uri,
            sip_call_id=f"{self.id.removeprefix('call_').lower()}@sip.kallglot.com",
            headers=self.dial.headers,
            metadata={"simulated": True},
        )


def refuse_unreached(to: str) -> None:
    """Make sure that whoever is dialled picks up.

    Raises:
        Refused: 502 `sip_dial_failed`.
    """
    user = to.partition(":")[2].partition("@")[0].lower()
    if user in OUTCOMES:
        status, reason = OUTCOMES[user]
        raise Refused(502, "sip_dial_failed", f"Dialling '{to}' failed: {status} {reason}.", kind=ErrorType.API)
