"""The states of one call's bridge, and every way between them. Sans-I/O."""

from collections.abc import Mapping
from enum import StrEnum

from gateway.errors import LocalStateError


class State(StrEnum):
    """Where a call stands between its carrier and Kallglot."""

    OPENING = "opening"
    """The media socket is open; neither the carrier's `start` nor Kallglot's `session.ready` has come."""
    WAITING_FOR_MEDIA = "waiting_for_media"
    """Kallglot is ready, the carrier has not said `start`."""
    WAITING_FOR_SESSION = "waiting_for_session"
    """The caller is being heard, Kallglot is not ready."""
    STREAMING = "streaming"
    """Audio flows."""
    RECONNECTING = "reconnecting"
    """The stream to Kallglot was lost and is being opened again; the caller is kept."""
    PLAYING_OUT = "playing_out"
    """Kallglot has ended the session; the caller hears the rest of what it said."""
    CLOSED = "closed"
    """Nothing moves any more."""


class Cause(StrEnum):
    """What moves a call from one state to another."""

    MEDIA_STARTED = "media_started"
    MEDIA_ENDED = "media_ended"
    """The carrier's `stop`, its socket lost, or its word that the call is over."""
    SESSION_READY = "session_ready"
    STREAM_LOST = "stream_lost"
    SESSION_ENDED = "session_ended"
    SESSION_FAILED = "session_failed"
    PLAYED_OUT = "played_out"
    OUT_OF_TIME = "out_of_time"
    GIVEN_UP = "given_up"
    """We let go: a drain, another replica's claim, a bug."""


_ENDS = {
    Cause.MEDIA_ENDED: State.CLOSED,
    Cause.SESSION_FAILED: State.CLOSED,
    Cause.OUT_OF_TIME: State.CLOSED,
    Cause.GIVEN_UP: State.CLOSED,
}

TRANSITIONS: Mapping[State, Mapping[Cause, State]] = {
    State.OPENING: {
        **_ENDS,
        Cause.MEDIA_STARTED: State.WAITING_FOR_SESSION,
        Cause.SESSION_READY: State.WAITING_FOR_MEDIA,
        Cause.STREAM_LOST: State.OPENING,
        Cause.SESSION_ENDED: State.CLOSED,
    },
    State.WAITING_FOR_MEDIA: {
        **_ENDS,
        Cause.MEDIA_STARTED: State.STREAMING,
        Cause.STREAM_LOST: State.OPENING,
        Cause.SESSION_ENDED: State.CLOSED,
    },
    State.WAITING_FOR_SESSION: {
        **_ENDS,
        Cause.SESSION_READY: State.STREAMING,
        Cause.STREAM_LOST: State.WAITING_FOR_SESSION,
        Cause.SESSION_ENDED: State.CLOSED,
    },
    State.STREAMING: {
        **_ENDS,
        Cause.STREAM_LOST: State.RECONNECTING,
        Cause.SESSION_ENDED: State.PLAYING_OUT,
    },
    State.RECONNECTING: {
        **_ENDS,
        Cause.SESSION_READY: State.STREAMING,
        Cause.STREAM_LOST: State.RECONNECTING,
        Cause.SESSION_ENDED: State.PLAYING_OUT,
    },
    State.PLAYING_OUT: {
        **_ENDS,
        Cause.PLAYED_OUT: State.CLOSED,
    },
    State.CLOSED: {},
}


def next_state(state: State, cause: Cause) -> State:
    """Where this cause leads.

    Raises:
        LocalStateError: the table has no such step.
    """
    try:
        return TRANSITIONS[state][cause]
    except KeyError:
        raise LocalStateError(f"{cause} means nothing while {state}") from None
