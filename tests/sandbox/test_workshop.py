import asyncio
import secrets
from pathlib import Path
from typing import Any

from gateway.clock import SystemClock
from gateway.sandbox.analysis import Analysis
from gateway.sandbox.events import EventType
from gateway.sandbox.keeping import Kind, open_keeper
from gateway.sandbox.plans import RecordingPlan, SessionPlan
from gateway.sandbox.session import Session
from gateway.sandbox.state import SandboxState
from gateway.sandbox.workshop import Workshop
from tests.sandbox.clients import until

NOW_MS = 1_774_522_800_000


def open_state(path: Path) -> SandboxState:
    return SandboxState(secrets.token_bytes, keep_audio=False, credits_allowed=9, keeper=open_keeper(path))


def recorded(state: SandboxState) -> Session:
    """A session that has been recorded and has ended."""
    session = state.create(SessionPlan("ai_agent", recording=RecordingPlan()), NOW_MS)
    assert session.tape is not None
    session.tape.hear("customer", b"\x10" * 8000, NOW_MS)
    session.ending()
    session.ended(NOW_MS)
    state.keep_session(session)
    state.keep_tape(session)
    return session


async def test_what_one_process_left_unfinished_the_next_one_finishes(tmp_path: Path) -> None:
    """A recording that was not encoded, an analysis that was not made."""
    told: list[tuple[EventType, Any]] = []
    first = open_state(tmp_path / "state.db")
    session = recorded(first)
    left = Workshop(first, SystemClock(), lambda *event: told.append(event), 0)
    left.record(session)
    analysis = Analysis(id="anl_1", session_id=session.id, profile="default", include=["summary"], created_at="x")
    left.analyze(session, analysis)
    first.keeper.close()

    second = open_state(tmp_path / "state.db")
    workshop = Workshop(second, SystemClock(), lambda *event: told.append(event), 0)
    workshop.resume()
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(workshop.run())
        await until(lambda: len(told) == 2)
        working.cancel()
    [recording] = second.recordings.values()

    assert {kind for kind, _ in told} == {EventType.RECORDING_READY, EventType.ANALYSIS_COMPLETE}
    assert (recording.status, second.analyses["anl_1"].summary) == ("ready", "Nobody said anything.")
    assert len(second.keeper.read(Kind.AUDIO, recording.id) or b"") == recording.size
    assert second.keeper.read(Kind.TAPE, session.id) is None
    second.keeper.close()


def test_nothing_is_made_of_a_session_that_is_not_recorded(tmp_path: Path) -> None:
    """No audio is stored that nobody asked for."""
    state = open_state(tmp_path / "state.db")
    session = state.create(SessionPlan("ai_agent"), NOW_MS)
    Workshop(state, SystemClock(), lambda *_: None, 0).record(session)

    assert state.recordings == {}
    state.keeper.close()
