"""Writes down what happens to one call, in its black box and in the log, for whoever asks later."""

from gateway.bridge.events import Event, MediaLost, MediaUnusable, SessionFailed, SessionReady, StreamLost
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.setup import Setup
from gateway.bridge.states import State
from gateway.carriers.base import MediaStarted
from gateway.store.record import CallRecord
from gateway.telemetry.blackbox import EventKind, word
from gateway.telemetry.logs import logger

_log = logger("bridge")


class Chronicle:
    """One call's, for the length of one media socket."""

    __slots__ = ("_monitor", "_record", "_setup", "_why_lost")

    def __init__(self, record: CallRecord, monitor: CallMonitor, setup: Setup) -> None:
        self._record = record
        self._monitor = monitor
        self._setup = setup
        self._why_lost = ""
        """What was told last of why there is no stream; of attempts in a row most fail alike."""

    def note(self, event: Event, state: State) -> None:
        """Something has happened, which found the call in this state; after its end nothing is worth a word."""
        if state is State.CLOSED:
            return
        match event:
            case MediaStarted():
                self._monitor.note(EventKind.MEDIA_STARTED)
            case SessionReady():
                self._why_lost = ""
                self._monitor.note(EventKind.READY)
            case StreamLost() if state is not State.PLAYING_OUT:
                self._stream_lost(event.detail)
            case MediaUnusable():
                self._warn("media_unusable", event.detail)
            case MediaLost():
                self._monitor.note(EventKind.MEDIA_LOST, str(event.code))
            case SessionFailed():
                self._monitor.note(EventKind.KALLGLOT_ERROR, word(event.code))

    def _stream_lost(self, detail: str) -> None:
        if self._setup.was_ready:
            self._monitor.note(EventKind.STREAM_LOST)
        if detail != self._why_lost:
            self._why_lost = detail
            self._warn("stream_lost", detail)

    def _warn(self, event: str, detail: str) -> None:
        _log.warning(event, call_id=self._record.call_id, carrier=self._record.carrier, detail=detail)
