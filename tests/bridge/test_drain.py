"""A replica that has to go: what becomes of its calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from gateway.bridge.drain import DrainReport
from gateway.calls import Carrier
from gateway.clock import SystemClock
from gateway.simulator.call import place_call
from gateway.simulator.report import EndedBy
from tests.e2e.calls import is_settled, only_session, verbs
from tests.fakes.carriers import arrive, dial, media_url, new_call_id, post, voice_form
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import World, open_world

SPEECH = wav(chirps(0.5))


async def streaming(world: World) -> None:
    """Wait until the call is up."""
    await until(lambda: any(relay.state == "streaming" for relay in world.gateway.switchboard.live()))


async def test_calls_end_by_themselves_while_there_is_time(tmp_path: Path) -> None:
    """A caller who hangs up before the deadline never learns of the drain."""
    async with open_world(tmp_path) as world, asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(world.plan(Carrier.TWILIO, speech=SPEECH, hangup_after_s=1.0)))
        await streaming(world)
        assert await world.gateway.drain.run() == DrainReport(finished=1, moved=0, cut=0)
        assert (await placed).ended_by is EndedBy.CALLER


async def test_without_heirs_the_deadline_cuts_with_words(tmp_path: Path) -> None:
    """A single replica has nobody to hand over to: at the deadline callers are told, and sessions are ended."""
    drain = {"handover_after_s": 0.1, "deadline_s": 0.5}
    async with open_world(tmp_path, drain=drain) as world, asyncio.TaskGroup() as tasks:
        placed = tasks.create_task(place_call(world.plan(Carrier.TELNYX, speech=SPEECH, hangup_after_s=20)))
        await streaming(world)
        assert await world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=1)
        report = await placed
        assert verbs(report) == ["Connect", "Redirect", "Say", "Hangup"]
        await until(lambda: is_settled(world))


async def test_an_empty_replica_has_drained_at_once(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        assert await world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=0)


@dataclass(frozen=True)
class Arrival:
    """A caller whose session Kallglot takes its time to create."""

    world: World
    answer: asyncio.Task[httpx.Response]
    may_answer: asyncio.Event


@asynccontextmanager
async def arrival(tmp_path: Path, **drain: float) -> AsyncIterator[Arrival]:
    """Have one, until it is answered: that Kallglot wants money first."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def kallglot(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await may_answer.wait()
        writer.write(b"HTTP/1.1 402 Payment Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(kallglot, "127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        world = await stack.enter_async_context(open_world(tmp_path, kallglot={"base_url": base_url}, drain=drain))
        client = await stack.enter_async_context(httpx.AsyncClient())
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        form = voice_form(new_call_id(Carrier.TWILIO))
        answer = tasks.create_task(post(client, world, Carrier.TWILIO, "/voice", form))
        await asked.wait()
        stack.callback(may_answer.set)
        yield Arrival(world, answer, may_answer)


async def test_a_caller_who_has_just_arrived_is_answered_first(tmp_path: Path) -> None:
    """Kallglot takes its time with the session: the replica that asked for it does not go before it has it."""
    async with arrival(tmp_path) as arrived, asyncio.TaskGroup() as tasks:
        draining = tasks.create_task(arrived.world.gateway.drain.run())
        await until(lambda: arrived.world.gateway.drain.has_begun)
        assert not draining.done()
        arrived.may_answer.set()
        assert "Please try again later." in (await arrived.answer).text
        await draining


async def test_the_deadline_holds_however_many_callers_arrive(tmp_path: Path) -> None:
    """A machine without a balancer is called until it goes: some caller always waits for an answer."""
    async with arrival(tmp_path, handover_after_s=0.05, deadline_s=0.1) as arrived:
        assert await arrived.world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=0)
        assert not arrived.answer.done()


async def test_a_caller_who_is_about_to_be_here_is_waited_for(tmp_path: Path) -> None:
    """The carrier has its document and opens the socket in a moment: a replica that were gone by then would cut it."""
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        _, url = await arrive(client, world, Carrier.TWILIO)
        draining = tasks.create_task(world.gateway.drain.run())
        await until(lambda: world.gateway.drain.has_begun)
        async with await dial(url):
            await until(lambda: bool(world.gateway.switchboard.live()))
            assert not draining.done()
        assert (await draining).cut == 0


async def test_a_caller_who_comes_back_is_waited_for_too(tmp_path: Path) -> None:
    """Its socket broke just before, and it was answered: it has nowhere else to go."""
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        carrier_call_id, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial(url):
            await until(lambda: bool(world.gateway.switchboard.live()))
            [relay] = world.gateway.switchboard.live()
        await until(lambda: not world.gateway.switchboard.live())
        path = f"/continue/{relay.record.call_id}"
        document = await post(client, world, Carrier.TWILIO, path, voice_form(carrier_call_id))
        draining = tasks.create_task(world.gateway.drain.run())
        await until(lambda: world.gateway.drain.has_begun)
        async with await dial(media_url(document.text)):
            await until(lambda: bool(world.gateway.switchboard.live()))
            assert not draining.done()
        assert (await draining).cut == 0


async def test_the_deadline_holds_for_a_caller_who_does_not_come(tmp_path: Path) -> None:
    """It hung up before its socket was opened, which nobody needs to tell."""
    drain = {"handover_after_s": 0.05, "deadline_s": 0.1}
    async with open_world(tmp_path, drain=drain) as world, httpx.AsyncClient() as client:
        await arrive(client, world, Carrier.TWILIO)
        assert await world.gateway.drain.run() == DrainReport(finished=0, moved=0, cut=0)
        assert world.gateway.switchboard.expected.count(SystemClock().now_ms()) == 1


async def test_a_caller_whose_session_has_ended_learns_what_comes_next(tmp_path: Path) -> None:
    """Kallglot ends the last session during the drain: the carrier asks a moment later, and there is nobody else."""
    now = asyncio.get_running_loop().time
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client, asyncio.TaskGroup() as tasks:
        _, url = await arrive(client, world, Carrier.TWILIO)
        async with await dial(url) as socket:
            await until(lambda: bool(world.gateway.switchboard.live()))
            draining = tasks.create_task(world.gateway.drain.run())
            await until(lambda: world.gateway.drain.has_begun)
            session = only_session(world)
            key = {"Authorization": "Bearer sk_test_1"}
            await client.post(f"{world.sandbox.base_url}/sessions/{session.id}/end", headers=key)
            await socket.wait_closed()
            closed_s = now()
        await draining
        assert now() - closed_s > 1


async def test_without_heirs_callers_are_let_in_until_the_end(tmp_path: Path) -> None:
    """Its call would be refused again and again until it is too often; until the deadline it can as well go on."""
    drain = {"handover_after_s": 0, "deadline_s": 60}
    async with open_world(tmp_path, drain=drain) as world, httpx.AsyncClient() as client:
        await world.gateway.drain.run()
        _, url = await arrive(client, world, Carrier.TWILIO)
        assert world.gateway.drain.hands_over
        async with await dial(url):
            await until(lambda: bool(world.gateway.switchboard.live()))


async def test_a_gateway_that_stops_lets_no_caller_in(tmp_path: Path) -> None:
    """Its calls have left, and it does not listen any more in a moment: a caller let in now would only be cut."""
    async with open_world(tmp_path) as world, httpx.AsyncClient() as client:
        await world.gateway.drain.run()
        assert world.gateway.drain.lets_in
        _, url = await arrive(client, world, Carrier.TWILIO)
        world.gateway.drain.close()
        with pytest.raises(InvalidStatus, match="503"):
            await dial(url)
    async with open_world(tmp_path) as world:
        drain = world.gateway.drain
    assert not drain.lets_in


async def test_a_draining_replica_says_so_and_still_answers(tmp_path: Path) -> None:
    """`POST /drain` flips readiness first; a webhook that still comes is answered, its media lands elsewhere."""
    async with open_world(tmp_path, drain={"handover_after_s": 5}) as world, httpx.AsyncClient() as client:
        assert (await client.post(f"{world.admin_url}/drain")).status_code == 202
        ready = await client.get(f"{world.url}/readyz")
        assert ready.status_code == 503
        assert ready.json()["reasons"] == ["draining"]
        _, url = await arrive(client, world, Carrier.TWILIO)
        assert url.startswith("ws://")
        metrics = (await client.get(f"{world.admin_url}/metrics")).text
        assert "gateway_draining 1.0" in metrics
