"""One call's brain: told what happened, answers what to do. Sans-I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from gateway.bridge.events import (
    Action,
    CallOver,
    Ending,
    Event,
    Finish,
    GiveUp,
    MediaLost,
    MediaUnusable,
    OpenStream,
    PlayedOut,
    SessionEnded,
    SessionFailed,
    SessionReady,
    StartAudio,
    StreamLost,
    TimePassed,
)
from gateway.bridge.states import Cause, State, next_state
from gateway.calls import EndReason
from gateway.carriers.base import MediaStarted, MediaStopped

CLOSE_OK = 1000
CLOSE_POLICY = 1008
CLOSE_INTERNAL = 1011
CLOSE_RESTART = 1012
"""WebSocket close codes (RFC 6455 §7.4.1 and the IANA registry)."""

_PLAY_OUT_SLACK_MS = 1_000
"""How much longer than its audio a carrier may take to play it."""


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a call waits for whom."""

    start_timeout_ms: int = 5_000
    """The carrier: from the media socket to `start`."""
    ready_timeout_ms: int = 10_000
    """Kallglot: from the media socket to `session.ready`."""
    reconnect_ms: int = 15_000
    """Kallglot: from a lost stream to a new one. Callers hang up on longer silence."""
    held_ms: int = 3_000
    """A new stream that breaks sooner ends no silence: nobody can say a sentence over it."""


class CallSession:
    """Decides for one call, from its media socket's opening to its close."""

    __slots__ = (
        "_delays_ms",
        "_done_by_ms",
        "_lost_at_ms",
        "_policy",
        "_ready_at_ms",
        "_ready_by_ms",
        "_start_by_ms",
        "_state",
    )

    def __init__(self, policy: SessionPolicy, delays_ms: Iterator[int], now_ms: int) -> None:
        self._policy = policy
        self._delays_ms = delays_ms
        self._state = State.OPENING
        self._start_by_ms: int | None = now_ms + policy.start_timeout_ms
        self._ready_by_ms: int | None = now_ms + policy.ready_timeout_ms
        self._done_by_ms: int | None = None
        self._ready_at_ms = now_ms
        """When the latest stream was ready."""
        self._lost_at_ms: int | None = None
        """When a stream was lost that none has replaced for long; None before the first loss."""

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._state

    def open(self) -> list[Action]:
        """What to do first: Kallglot is called while the carrier still says hello."""
        return [OpenStream(0)]

    def next_deadline_ms(self) -> int | None:
        """When to say `TimePassed`, or None while nothing is waited for."""
        soonest_ms = self._start_by_ms
        for ms in (self._ready_by_ms, self._done_by_ms):
            if ms is not None and (soonest_ms is None or ms < soonest_ms):
                soonest_ms = ms
        return soonest_ms

    def handle(self, event: Event, now_ms: int) -> list[Action]:  # noqa: C901, PLR0911, PLR0912 - one union, one match
        """What to do about it. After the end nothing matters any more."""
        if self._state is State.CLOSED:
            return []
        match event:
            case MediaStarted():
                return self._media_started(event)
            case SessionReady():
                return self._session_ready(now_ms)
            case StreamLost():
                return self._stream_lost(now_ms)
            case SessionEnded():
                return self._session_ended(event, now_ms)
            case TimePassed():
                return self._time_passed(now_ms)
            case PlayedOut():
                if self._state is not State.PLAYING_OUT:
                    return []
                return self._end(Cause.PLAYED_OUT, Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)
            case MediaStopped() | CallOver():
                return self._end(Cause.MEDIA_ENDED, Ending.OVER, EndReason.CALLER_HUNG_UP, CLOSE_OK)
            case MediaLost():
                return self._media_lost()
            case MediaUnusable():
                return self._end(Cause.SESSION_FAILED, Ending.FAILURE, EndReason.MEDIA_INVALID, CLOSE_POLICY)
            case SessionFailed():
                if self._state is State.PLAYING_OUT:
                    # What the caller said as it ended came too late: its work is done, and its last words are owed.
                    return []
                return self._end(Cause.SESSION_FAILED, Ending.FAILURE, event.reason, CLOSE_INTERNAL)
            case GiveUp():
                return self._end(Cause.GIVEN_UP, event.ending, event.reason, CLOSE_RESTART)
            case _:
                assert_never(event)

    def _media_started(self, event: MediaStarted) -> list[Action]:
        if self._start_by_ms is None:
            # A second `start` on one socket: the audio goes on as it was declared first.
            return []
        self._start_by_ms = None
        self._move(Cause.MEDIA_STARTED)
        return [StartAudio(event.format)]

    def _session_ready(self, now_ms: int) -> list[Action]:
        if self._state in (State.STREAMING, State.WAITING_FOR_MEDIA, State.PLAYING_OUT):
            return []
        self._ready_at_ms = now_ms
        self._ready_by_ms = None
        self._move(Cause.SESSION_READY)
        return []

    def _stream_lost(self, now_ms: int) -> list[Action]:
        if self._state is State.PLAYING_OUT:
            return []
        if self._ready_by_ms is None:
            # Else a Kallglot that greets and leaves, again and again, would keep its caller in silence for ever.
            if self._lost_at_ms is None or now_ms - self._ready_at_ms >= self._policy.held_ms:
                self._lost_at_ms = now_ms
            self._ready_by_ms = self._lost_at_ms + self._policy.reconnect_ms
        self._move(Cause.STREAM_LOST)
        return [OpenStream(next(self._delays_ms))]

    def _session_ended(self, event: SessionEnded, now_ms: int) -> list[Action]:
        if self._state is State.PLAYING_OUT:
            return []
        self._move(Cause.SESSION_ENDED)
        if self._state is State.CLOSED:
            return self._finish(Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)
        self._start_by_ms = self._ready_by_ms = None
        self._done_by_ms = now_ms + event.queued_ms + _PLAY_OUT_SLACK_MS if event.queued_ms else now_ms
        return self._time_passed(now_ms)

    def _media_lost(self) -> list[Action]:
        if self._state is State.PLAYING_OUT:
            return self._end(Cause.MEDIA_ENDED, Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)
        return self._end(Cause.MEDIA_ENDED, Ending.AWAIT_RETURN, EndReason.MEDIA_LOST, CLOSE_OK)

    def _time_passed(self, now_ms: int) -> list[Action]:
        if self._done_by_ms is not None and self._done_by_ms <= now_ms:
            return self._end(Cause.OUT_OF_TIME, Ending.AFTER, EndReason.SESSION_ENDED, CLOSE_OK)
        if self._start_by_ms is not None and self._start_by_ms <= now_ms:
            return self._end(Cause.OUT_OF_TIME, Ending.AWAIT_RETURN, EndReason.MEDIA_SILENT, CLOSE_POLICY)
        if self._ready_by_ms is not None and self._ready_by_ms <= now_ms:
            return self._end(Cause.OUT_OF_TIME, Ending.FAILURE, EndReason.KALLGLOT_UNAVAILABLE, CLOSE_INTERNAL)
        return []

    def _end(self, cause: Cause, ending: Ending, reason: EndReason, code: int) -> list[Action]:
        self._move(cause)
        return self._finish(ending, reason, code)

    def _finish(self, ending: Ending, reason: EndReason, code: int) -> list[Action]:
        self._start_by_ms = self._ready_by_ms = self._done_by_ms = None
        return [Finish(ending, reason, code)]

    def _move(self, cause: Cause) -> None:
        self._state = next_state(self._state, cause)
