import asyncio
import contextlib
from collections.abc import Iterator

from gateway.clock import SystemClock
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.line import Line
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.session import Session
from tests.sandbox.clients import FakeEar, until
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
