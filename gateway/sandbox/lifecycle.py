"""The five states of a session, as "Sessions vs Calls" describes them. Sans-I/O."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.errors import LocalStateError


class Status(StrEnum):
    """The `status` of a session."""

    CREATED = "created"
    """Waiting for an audio connection."""
    CONNECTING = "connecting"
    """A socket was opened; no audio yet."""
    ACTIVE = "active"
    """Audio was heard: billing runs."""
    ENDING = "ending"
    """The transcript is being finished."""
    ENDED = "ended"
    """Over; its resources can be read."""


class Cause(StrEnum):
    """What moves a session on."""

    SOCKET_OPENED = "socket_opened"
    AUDIO_HEARD = "audio_heard"
    END_ASKED = "end_asked"
    FINALIZED = "finalized"


TRANSITIONS: Mapping[Status, Mapping[Cause, Status]] = {
    Status.CREATED: {Cause.SOCKET_OPENED: Status.CONNECTING, Cause.END_ASKED: Status.ENDING},
    Status.CONNECTING: {
        Cause.SOCKET_OPENED: Status.CONNECTING,
        Cause.AUDIO_HEARD: Status.ACTIVE,
        Cause.END_ASKED: Status.ENDING,
    },
    Status.ACTIVE: {Cause.SOCKET_OPENED: Status.ACTIVE, Cause.END_ASKED: Status.ENDING},
    Status.ENDING: {Cause.FINALIZED: Status.ENDED},
    Status.ENDED: {},
}


def follow(status: Status, cause: Cause) -> Status:
    """The state after `cause`.

    Raises:
        LocalStateError: the table has no such step.
    """
    try:
        return TRANSITIONS[status][cause]
    except KeyError:
        raise LocalStateError(f"a session that is {status} cannot take {cause}") from None
