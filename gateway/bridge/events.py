"""What a call's brain is told and what it answers. Sans-I/O.

Audio does not pass through here: it takes the short path through `uplink` and `downlink`.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.audio.formats import AudioFormat
from gateway.calls import EndReason
from gateway.carriers.base import MediaStarted, MediaStopped


@dataclass(frozen=True, slots=True)
class MediaLost:
    """The carrier's socket went away without a `stop`."""

    code: int
    """WebSocket close code, 1006 without one."""


@dataclass(frozen=True, slots=True)
class MediaUnusable:
    """The carrier's audio is nothing we can carry."""

    detail: str


@dataclass(frozen=True, slots=True)
class CallOver:
    """The carrier's status callback, or Kallglot's webhook, said that the call is over."""


@dataclass(frozen=True, slots=True)
class SessionReady:
    """Kallglot takes audio."""


@dataclass(frozen=True, slots=True)
class StreamLost:
    """The stream to Kallglot could not be opened, or went away, without the session being over."""

    detail: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Kallglot ended the session."""

    queued_ms: int
    """What it said that the caller has not heard yet."""


@dataclass(frozen=True, slots=True)
class SessionFailed:
    """Kallglot will not go on."""

    reason: EndReason
    code: str


@dataclass(frozen=True, slots=True)
class PlayedOut:
    """The caller has heard all that Kallglot said."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Somebody here wants the call to leave this replica."""

    ending: "Ending"
    reason: EndReason


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A deadline may have come."""


Event = (
    MediaStarted
    | MediaStopped
    | MediaLost
    | MediaUnusable
    | CallOver
    | SessionReady
    | StreamLost
    | SessionEnded
    | SessionFailed
    | PlayedOut
    | GiveUp
    | TimePassed
)


class Ending(StrEnum):
    """What becomes of a call that leaves the bridge."""

    OVER = "over"
    """The caller is gone; the session is ended."""
    AFTER = "after"
    """The session is over; the caller, if still there, gets the route's `after`."""
    FAILURE = "failure"
    """The session is ended; the caller, if still there, gets the route's `on_failure`."""
    AWAIT_RETURN = "await_return"
    """The session stays open for a caller who comes back."""
    TAKEN_OVER = "taken_over"
    """Another replica has the call; nothing of it is ours to end."""


@dataclass(frozen=True, slots=True)
class StartAudio:
    """Begin to take in the caller's audio."""

    format: AudioFormat


@dataclass(frozen=True, slots=True)
class OpenStream:
    """Open a stream to Kallglot after a while."""

    delay_ms: int


@dataclass(frozen=True, slots=True)
class Finish:
    """The call leaves the bridge.

    The ledger is told first, then the carrier's socket is closed: the carrier asks at once what to do next, and may ask
    another replica.
    """

    ending: Ending
    reason: EndReason
    close_code: int


Action = StartAudio | OpenStream | Finish
