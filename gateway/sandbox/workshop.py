"""What is made of a session after its end: recordings and analyses. They take their time, as Kallglot's do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.clock import Clock
from gateway.sandbox.analysis import Analysis, AnalysisStatus, complete, fail
from gateway.sandbox.events import EventType
from gateway.sandbox.faults import ANALYSIS, RECORDING
from gateway.sandbox.keeping import Kind
from gateway.sandbox.mp3 import encode_mp3
from gateway.sandbox.recordings import Recording, RecordingStatus, failed, new_recording, ready
from gateway.sandbox.session import Session
from gateway.sandbox.state import SandboxState

Announce = Callable[[EventType, Any], None]


class Workshop:
    """Takes orders at once and fills them in the background."""

    def __init__(self, state: SandboxState, clock: Clock, announce: Announce, delay_s: float) -> None:
        self._state = state
        self._clock = clock
        self._announce = announce
        self._delay_s = delay_s
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()

    def record(self, session: Session) -> None:
        """Make a recording of a session that has ended, if one was ordered."""
        if session.tape is None:
            return
        now_ms = self._clock.unix_ms()
        recording = new_recording(self._state.new_id("rec_", now_ms), session, now_ms)
        self._state.put_recording(recording)
        self._jobs.put_nowait(lambda: self._encode(session, recording))

    def analyze(self, session: Session, analysis: Analysis) -> None:
        """Fill in an analysis."""
        self._state.put_analysis(analysis)
        self._jobs.put_nowait(lambda: self._analyze(session, analysis))

    def resume(self) -> None:
        """Take up what another process left unfinished."""
        for recording in self._state.recordings.values():
            if recording.status is RecordingStatus.PROCESSING:
                self._resume_recording(recording)
        for analysis in list(self._state.analyses.values()):
            if analysis.status is AnalysisStatus.PROCESSING:
                session = self._state.find(analysis.session_id)
                self.analyze(session, analysis)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._finish(await self._jobs.get()))

    async def _finish(self, job: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(self._delay_s)
        await job()

    def _resume_recording(self, recording: Recording) -> None:
        session = self._state.find(recording.session_id)
        self._jobs.put_nowait(lambda: self._encode(session, recording))

    async def _encode(self, session: Session, recording: Recording) -> None:
        tape = session.tape
        fault = self._state.faults.take(RECORDING)
        event = EventType.RECORDING_FAILED
        if fault is not None:
            failed(recording, fault.message)
        elif tape is None or tape.began_ms is None:
            failed(recording, "The session received no audio.")
        else:
            left, right = tape.channels()
            audio = await asyncio.to_thread(encode_mp3, left, right, stereo=recording.channels == 2)
            self._state.keeper.keep(Kind.AUDIO, recording.id, audio)
            ready(recording, len(audio))
            event = EventType.RECORDING_READY
        self._state.put_recording(recording)
        self._state.drop_tape(session)
        self._announce(event, recording)

    async def _analyze(self, session: Session, analysis: Analysis) -> None:
        fault = self._state.faults.take(ANALYSIS)
        if fault is None:
            complete(analysis, session.transcript.turns, self._clock.unix_ms())
        else:
            fail(analysis, fault.message, self._clock.unix_ms())
        self._state.put_analysis(analysis)
        self._announce(EventType.ANALYSIS_COMPLETE if fault is None else EventType.ANALYSIS_FAILED, analysis)
