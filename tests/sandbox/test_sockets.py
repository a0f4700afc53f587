from gateway.sandbox.journal import SocketId
from gateway.sandbox.sockets import OUTBOX_MESSAGES, StreamSocket
from tests.sandbox.clients import desk, stream
from tests.sandbox.wire import audio_input


def test_a_client_that_reads_too_slowly_is_cut_off() -> None:
    """The sandbox's memory has an end; the client sees a lost connection."""
    cuts: list[str] = []
    socket = StreamSocket(SocketId(1), lambda: cuts.append("cut"))
    for _ in range(OUTBOX_MESSAGES):
        socket.send("x")
    assert cuts == []
    socket.send("one too many")

    assert cuts == ["cut"]


async def test_a_client_that_hangs_up_while_it_is_spoken_to_harms_nobody() -> None:
    """What was under way is dropped; the session takes the next socket."""
    async with desk(counterpart="echo") as it:
        session = await it.create()
        for _ in range(3):
            async with stream(session) as socket:
                for number in range(200):
                    await socket.send(audio_input(b"\xff" * 800, number))
                socket.transport.abort()
        async with stream(session):
            assert (await it.report(session["id"]))["status"] == "active"
