"""What a route is: which calls it answers, which session they get, how their callers are left. Sans-I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.calls import Carrier, Say


class Mode(StrEnum):
    """What a Kallglot session does with the audio (`mode` of POST /v1/sessions)."""

    BIDIRECTIONAL_TRANSLATION = "bidirectional_translation"
    ASSISTIVE_TRANSLATION = "assistive_translation"
    AI_AGENT = "ai_agent"
    HELP_CHAT_VOICE = "help_chat_voice"

    @property
    def converses(self) -> bool:
        """Whether a machine talks with the caller, who may then cut it short; else it is another person's words."""
        return self in {Mode.AI_AGENT, Mode.HELP_CHAT_VOICE}


@dataclass(frozen=True, slots=True)
class ToNumber:
    """Calls to exactly this number."""

    number: str
    """E.164."""


@dataclass(frozen=True, slots=True)
class ToPrefix:
    """Calls to numbers that begin so."""

    prefix: str
    """`+` and at least one digit."""


@dataclass(frozen=True, slots=True)
class ToSipDomain:
    """Calls to a SIP domain."""

    domain: str
    """Lower case."""


@dataclass(frozen=True, slots=True)
class ToAnything:
    """Calls that no other route answers."""


Match = ToNumber | ToPrefix | ToSipDomain | ToAnything


@dataclass(frozen=True, slots=True)
class PhoneNumberRouting:
    """The session's telephony is the called number, one of Kallglot's managed numbers."""


@dataclass(frozen=True, slots=True)
class ConnectionRouting:
    """The session's telephony is a carrier connection known to Kallglot."""

    connection_id: str
    """`pcon_…`."""


@dataclass(frozen=True, slots=True)
class SipRouting:
    """The session's telephony is a SIP dialog."""


@dataclass(frozen=True, slots=True)
class NoRouting:
    """The session says nothing of telephony: the organization's default, or a stream alone."""


Routing = PhoneNumberRouting | ConnectionRouting | SipRouting | NoRouting


@dataclass(frozen=True, slots=True)
class Parting:
    """How a caller is left: hung up on, unless there is somebody to dial."""

    say: Say | None = None
    """Said first."""
    dial: str | None = None
    """E.164 number or `sip:` address."""


SORRY = Parting(Say("Please try again later.", "en-US"))
"""For routes that say nothing of failures: a caller must not be left in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which calls, which session."""

    name: str
    """The operator's; unique in its table, in logs and in `gateway route`."""
    mode: Mode
    match: Match = ToAnything()
    carrier: Carrier | None = None
    """Only calls that this carrier brings; None for any."""
    source_language: str | None = None
    """None: Kallglot detects it."""
    target_language: str | None = None
    speaker: str = "customer"
    """Who our caller is on the stream."""
    routing: Routing = PhoneNumberRouting()
    greeting: Say | None = None
    """Said by the carrier before the media stream begins."""
    metadata: Mapping[str, object] = field(default_factory=dict)
    session: Mapping[str, object] = field(default_factory=dict)
    """More keys of the create body."""
    on_failure: Parting = SORRY
    """For when there is no session, or it broke."""
    after: Parting = Parting()
    """For when the session has ended and the caller is still there."""
    overflow: str | None = None
    """E.164 number or `sip:` address where callers go for whom there is no room; None: they are refused."""
    barge_in: bool = False
    """Whether what the caller says stops what is being played to them."""


def gone(name: str) -> Route:
    """For calls of a route that its file has no more: they go on, and are left as by one that says nothing of that."""
    return Route(name=name, mode=Mode.BIDIRECTIONAL_TRANSLATION)
