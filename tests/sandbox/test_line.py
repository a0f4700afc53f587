import asyncio

import pytest

from gateway.clock import SystemClock
from gateway.sandbox.conversation import Conversation
from gateway.sandbox.counterparts.base import Reply, Say
from gateway.sandbox.faults import Effect, Fault
from gateway.sandbox.journal import Journal, SocketId
from gateway.sandbox.line import Line
from gateway.sandbox.messages import OutputAudio
from gateway.sandbox.mouth import Voice
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.playout import Delivery
from gateway.sandbox.session import Session
from tests.sandbox.clients import FakeEar, until
from tests.sandbox.wire import audio_input


class Talkative:
    """Answers every message with 60 ms of audio."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        return [Say(speaker, b"x" * 480)]

    def due(self, unix_ms: int) -> list[Reply]:
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        return []


class Ends:
    """A line with one socket."""

    def __init__(self) -> None:
        self.session = Session("sess_1", SessionPlan("ai_agent"), 0, Journal(keep_audio=True))
        conversation = Conversation(self.session, Talkative(), Voice(Delivery.REALTIME, 20))
        self.line = Line(conversation, SystemClock())
        self.socket = FakeEar(SocketId(1))
        self.line.join(self.socket)


async def test_one_timer_sends_the_pieces_of_a_turn() -> None:
    """Three of 20 ms for the 60 ms that were said."""
    ends = Ends()
    ends.line.receive(ends.socket, audio_input(b"a"))
    assert ends.session.journal.outputs == 1
    await until(lambda: ends.session.journal.outputs >= 3)

    assert ends.session.journal.output() == b"x" * 480


async def test_the_timer_stops_with_the_session() -> None:
    """The turn that was being said is not said to its end."""
    ends = Ends()
    ends.line.receive(ends.socket, audio_input(b"a"))
    ends.line.end("explicit_end")
    ends.line.end("explicit_end")

    assert ends.session.journal.outputs == 1
    assert ends.session.status == "ended"


async def test_audio_can_be_said_and_sockets_be_cut() -> None:
    """Each tells how many sockets it concerned."""
    ends = Ends()

    assert ends.line.say(None, OutputAudio(b"abc")) == 1
    assert (ends.line.cut(), ends.socket.cuts) == (1, 1)
    ends.line.leave(ends.socket)
    assert (ends.line.open_sockets, ends.line.cut(), ends.line.say(None, OutputAudio(b"abc"))) == (0, 0, 0)


@pytest.mark.parametrize("effect", list(Effect))
async def test_a_fault_befalls_the_stream(effect: Effect) -> None:
    """It is cut, hurried or starved; a session that has ended meanwhile is spared."""
    ends = Ends()
    ends.line.suffer(Fault(on="stream", effect=effect, for_s=0.02))
    ends.line.receive(ends.socket, audio_input(b"a"))
    await until(lambda: ends.socket.cuts or ends.session.journal.outputs == 3)
    assert ends.socket.cuts == (effect is Effect.CUT)

    spared = Ends()
    spared.line.suffer(Fault(on="stream", effect=effect))
    spared.line.rest()
    await asyncio.sleep(0)
    assert spared.socket.cuts == 0


async def test_a_line_that_is_woken_asks_what_is_due() -> None:
    """Before its timer would."""
    ends = Ends()
    ends.line.receive(ends.socket, audio_input(b"a"))
    ends.line.wake()
    await until(lambda: ends.session.journal.outputs >= 3)


async def test_a_closed_line_tells_its_clients_to_come_back() -> None:
    """1012, and nothing more is said."""
    ends = Ends()
    ends.line.receive(ends.socket, audio_input(b"a"))
    ends.line.close()

    assert (ends.socket.closed, ends.session.journal.outputs) == (1012, 1)
