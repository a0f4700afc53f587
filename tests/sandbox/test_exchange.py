import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from gateway.clock import SystemClock
from gateway.sandbox.agents import AgentCreate
from gateway.sandbox.counterparts.speech import NOT_RECOGNISED
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.line import Line
from gateway.sandbox.options import SandboxOptions, Timing
from gateway.sandbox.plans import RecordingPlan, SessionPlan
from gateway.sandbox.session import Session
from gateway.sandbox.speech.outfit import Outfit
from tests.fakes.clock import FakeClock
from tests.sandbox.clients import FakeEar, desk, receive_until, stream, until
from tests.sandbox.sounds import silence, speech
from tests.sandbox.wire import audio_input


def exchange() -> Exchange:
    return Exchange(SandboxOptions(), SystemClock())


async def test_a_session_has_a_line_until_it_ends() -> None:
    """Whoever ends it, and however often."""
    it = exchange()
    session = it.create(SessionPlan("ai_agent"))
    line = it.line(session)
    assert line is not None

    with joined(it, session, line) as socket:
        assert line.open_sockets == 1
        line.receive(socket, '{"type":"session.end"}')
    assert it.line(session) is None
    it.end(session)
    assert (session.status, line.open_sockets) == ("ended", 0)


async def test_a_socket_that_goes_leaves_the_line_to_the_next() -> None:
    """A lost connection ends nothing."""
    it = exchange()
    session = it.create(SessionPlan("ai_agent"))
    line = it.line(session)
    assert line is not None
    with joined(it, session, line) as first:
        pass
    with joined(it, session, line) as second:
        assert first.id != second.id

    assert it.line(session) is line


async def test_stopping_wakes_whoever_is_made_to_wait() -> None:
    """A test that ordered a hang of an hour is not held up by it."""
    it = exchange()
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(it.pause(3600))
        it.stop()
    await it.pause(0)


async def test_a_closed_exchange_says_no_more() -> None:
    """A turn that was being said is not finished, while that of another sandbox goes on."""
    options = SandboxOptions(piece_ms=20)
    closed, open_ = Exchange(options, SystemClock()), Exchange(options, SystemClock())
    closed.create(SessionPlan("ai_agent"))
    with talking(closed) as stopped, talking(open_) as going_on:
        said = stopped.journal.outputs
        closed.close()
        await until(lambda: going_on.journal.outputs >= said + 5)
        open_.close()

    assert stopped.journal.outputs == said


async def test_a_session_in_which_nothing_happens_is_ended() -> None:
    """After 30 minutes, not sooner; whoever is connected is told why."""
    clock = FakeClock()
    it = Exchange(SandboxOptions(counterpart="mute"), clock)
    session = it.create(SessionPlan("ai_agent"))
    line = it.line(session)
    assert line is not None
    with joined(it, session, line) as ear:
        clock.advance(60_000)
        line.receive(ear, b'{"type":"ping"}')
        clock.advance(1_799_999)
        it.sweep()
        assert session.status == "connecting"
        clock.advance(1)
        it.sweep()

    assert (session.status, ear.closed) == ("ended", 1000)
    assert ear.sent[-1] == {"type": "session.ended", "session_id": session.id, "reason": "inactivity"}


async def test_the_sweep_goes_on_by_itself() -> None:
    """As long as the exchange runs."""
    it = Exchange(SandboxOptions(counterpart="mute", timing=Timing(idle_end_s=0)), SystemClock())
    session = it.create(SessionPlan("ai_agent"))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(it.run())
        await until(lambda: session.status == "ended")
        running.cancel()


async def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    """Sessions go on with their transcript, tape and tokens; agents, credits and answers are there."""
    options = SandboxOptions(counterpart="parrot", state=tmp_path / "state.db", credits=5)
    clock = FakeClock()
    first = Exchange(options, clock)
    over = first.create(SessionPlan("ai_agent"))
    first.end(over)
    going = first.create(SessionPlan("ai_agent", recording=RecordingPlan()))
    token = first.state.issue_token(going, clock.unix_ms(), live=False)
    agent = first.state.agents.create("agt_1", AgentCreate("Support"), 0)
    first.state.keep_agent(agent.id, agent)
    line = first.line(going)
    assert line is not None
    ear = FakeEar(first.next_socket_id())
    first.joins(going, line, ear)
    line.receive(ear, audio_input(speech() + silence(1000)))
    first.close()

    second = Exchange(options, clock)
    again = second.state.find(going.id)
    assert (again.status, again.transcript.turns, again.tape) == ("active", going.transcript.turns, going.tape)
    assert again.tokens.check(token.value, clock.unix_ms()) is None
    assert second.state.find(over.id).ended_ms == over.ended_ms
    assert (second.line(again) is None, second.line(over)) == (False, None)
    assert second.state.agents.find("agt_1") == agent
    assert (second.state.credits.remaining, second.state.credits.used) == (3, 2)
    assert again.times.left_ms == clock.unix_ms()
    assert ear.closed == 1012
    second.close()


async def test_a_counterpart_that_is_done_has_its_session_woken() -> None:
    """Once it has ended it is let alone."""
    it = exchange()
    session = it.create(SessionPlan("ai_agent"))
    it._wake(session)
    it.end(session)
    it._wake(session)
    await asyncio.sleep(0)

    assert session.status == "ended"


@contextlib.contextmanager
def talking(exchange: Exchange) -> Iterator[Session]:
    """A session in which the parrot is saying a sentence."""
    session = exchange.create(SessionPlan("ai_agent"))
    line = exchange.line(session)
    assert line is not None
    with joined(exchange, session, line) as socket:
        line.receive(socket, audio_input(speech() + silence(700)))
        yield session


@contextlib.contextmanager
def joined(exchange: Exchange, session: Session, line: Line) -> Iterator[FakeEar]:
    """A socket of a session, for as long as it is open."""
    ear = FakeEar(exchange.next_socket_id())
    exchange.joins(session, line, ear)
    try:
        yield ear
    finally:
        exchange.leaves(session, line, ear)


async def test_a_recogniser_that_does_not_start_costs_words_and_nothing_else(tmp_path: Path) -> None:
    """A folder without a model: the session goes on, and its transcript says that somebody spoke."""
    async with (
        desk(counterpart="speech", speech=Outfit(tmp_path)) as it,
        stream(await it.create(source_language="en")) as socket,
    ):
        await socket.send(audio_input(speech() + silence(700)))
        *_, final = await receive_until(socket, "transcript.final")
        await socket.send('{"type":"ping"}')
        await receive_until(socket, "pong")

    assert (final["speaker"], final["text"]) == ("customer", NOT_RECOGNISED)
