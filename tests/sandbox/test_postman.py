import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from gateway.clock import SystemClock
from gateway.sandbox.events import EventType, new_event
from gateway.sandbox.options import Timing
from gateway.sandbox.organization import Endpoint, Organization
from gateway.sandbox.postman import WAITING, Postman
from tests.fakes.resets import resetting_port
from tests.sandbox.clients import Desk, desk, until
from tests.sandbox.sounds import silence, speech

SECRET = "whsec_1"


class Letterbox:
    """An endpoint that answers what it is told, and keeps what it gets."""

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers)
        self.letters: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    @property
    def events(self) -> list[Any]:
        return [json.loads(body) for _, body in self.letters]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one letter."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        lines = (line.partition(": ") for line in head[1:] if line)
        headers = {name.lower(): value for name, _, value in lines}
        self.letters.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status = self._answers.pop(0) if self._answers else 200
        writer.write(b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % status)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def letterbox(*answers: int) -> AsyncIterator[Letterbox]:
    box = Letterbox(*answers)
    server = await asyncio.start_server(box.take, "127.0.0.1")
    box.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/events"
    async with server:
        yield box


@asynccontextmanager
async def subscribed(box: Letterbox, *events: str, **options: Any) -> AsyncIterator[Desk]:
    organization = Organization(webhooks=(Endpoint(box.url, SECRET, frozenset(map(EventType, events))),))
    timing = Timing(finishing_s=0, ringing_s=0, webhook_scale=0)
    async with desk(organization=organization, timing=timing, **options) as it:
        yield it


async def test_every_step_of_a_session_is_told() -> None:
    """From its creation to its recording and analysis, each signed with the endpoint's secret."""
    async with letterbox() as box, subscribed(box, counterpart="parrot", delivery="burst") as it:
        session = await it.create(recording={})
        await it.speak(session, ("customer", speech() + silence(1000)))
        await it.http.post(f"/sessions/{session['id']}/end")
        await it.http.post(f"/sessions/{session['id']}/analysis")
        await until(lambda: {"analysis.complete", "recording.ready"} <= set(box.types))

    assert set(box.types) == set(EventType) - {"recording.failed", "analysis.failed"}
    ended = next(event["data"] for event in box.events if event["type"] == "session.ended")
    assert (ended["id"], ended["object"], ended["status"]) == (session["id"], "session", "ended")
    segment = next(event["data"] for event in box.events if event["type"] == "transcript.segment")
    assert (segment["session_id"], segment["turn"]["speaker"]) == (session["id"], "customer")
    for headers, body in box.letters:
        time, signed = (part.split("=")[1] for part in headers["kallglot-signature"].split(","))
        assert signed == hmac.new(SECRET.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()


async def test_failures_are_told_too() -> None:
    """Of the recording and of the analysis."""
    async with letterbox() as box, subscribed(box, "recording.failed", "analysis.failed") as it:
        await it.tool("POST", "/sandbox/faults", json={"on": "recording", "message": "Disk full."})
        await it.tool("POST", "/sandbox/faults", json={"on": "analysis"})
        session = await it.create(recording={})
        await it.speak(session, ("customer", silence(100)))
        await it.http.post(f"/sessions/{session['id']}/end")
        await it.http.post(f"/sessions/{session['id']}/analysis")
        await until(lambda: len(box.letters) == 2)

    assert set(box.types) == {"recording.failed", "analysis.failed"}


async def test_a_delivery_is_repeated_until_it_is_taken() -> None:
    """The same event under the same delivery id, counted; then it is left alone."""
    async with letterbox(500, 404, 204) as box, subscribed(box, "session.created") as it:
        session = await it.create()
        await until(lambda: len(box.letters) == 3)
        [delivery] = (await it.tool("GET", "/sandbox/deliveries")).json()["deliveries"]

    assert {event["id"] for event in box.events} == {delivery["event_id"]}
    assert {event["data"]["id"] for event in box.events} == {session["id"]}
    assert [headers["kallglot-retry-count"] for headers, _ in box.letters] == ["0", "1", "2"]
    assert {headers["kallglot-webhook-id"] for headers, _ in box.letters} == {delivery["id"]}
    assert len({headers["kallglot-original-timestamp"] for headers, _ in box.letters}) == 1


async def test_after_eight_attempts_a_delivery_has_failed() -> None:
    """For good."""
    async with letterbox(*[503] * 9) as box, subscribed(box, "session.created") as it:
        await it.create()
        found: list[Any] = [{}]

        async def failed() -> bool:
            found[:] = (await it.tool("GET", "/sandbox/deliveries")).json()["deliveries"]
            return bool(found[0]["status"] == "failed")

        async with asyncio.timeout(10):
            while not await failed():  # noqa: ASYNC110  the sandbox is asked as anybody would ask it
                await asyncio.sleep(0.01)

    assert (found[0]["attempts"], found[0]["last_status"], len(box.letters)) == (8, 503, 8)


async def test_endpoints_come_and_go() -> None:
    """As in the portal; one that nobody listens at is tried in vain."""
    async with letterbox() as box, desk(timing=Timing(webhook_scale=0)) as it:
        await it.tool("POST", "/sandbox/webhooks", json={"url": "http://127.0.0.1:9/"})
        added = (await it.tool("POST", "/sandbox/webhooks", json={"url": box.url, "events": ["session.ended"]})).json()
        session = await it.create()
        await it.http.post(f"/sessions/{session['id']}/end")
        await until(lambda: box.types == ["session.ended"])
        listed = (await it.tool("GET", "/sandbox/webhooks")).json()["webhooks"]
        path = f"/sandbox/webhooks/{added['id']}"
        removed = [(await it.tool("DELETE", path)).status_code for _ in range(2)]

    assert added["id"].startswith("wh_")
    assert [endpoint["url"] for endpoint in listed] == ["http://127.0.0.1:9/", box.url]
    assert "secret" not in listed[0]
    assert removed == [200, 404]


@pytest.mark.parametrize("url", ["http://[::1", "http://xn--0/", "http://127.0.0.1:9/"])
async def test_what_was_not_taken_before_an_endpoint_went_has_failed(url: str) -> None:
    """Nobody is asked a second time who is not there any more."""
    postman = Postman(SystemClock(), lambda prefix: prefix + "1", 1e-6)
    postman.endpoints["wh_1"] = Endpoint(url)
    postman.post(new_event("evt_1", EventType.SESSION_CREATED, {}, 1000), 1000)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(postman.run())
        await until(lambda: postman.deliveries[0].attempts)
        postman.endpoints.clear()
        await until(lambda: postman.deliveries[0].status == "failed")
        running.cancel()

    assert postman.deliveries[0].last_status is None


def test_a_reset_connection_is_only_one_that_took_nothing() -> None:
    """uvloop, on which the sandbox runs, finds no socket any more: that must not cost all others their events."""

    async def scene() -> None:
        postman = Postman(SystemClock(), lambda prefix: prefix + "1", 1e-6)
        with resetting_port() as port:
            postman.endpoints["wh_1"] = Endpoint(f"http://127.0.0.1:{port}/")
            postman.post(new_event("evt_1", EventType.SESSION_CREATED, {}, 1000), 1000)
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(postman.run())
                await until(lambda: postman.deliveries[0].status == "failed")
                running.cancel()

        assert (postman.deliveries[0].attempts, postman.deliveries[0].last_status) == (8, None)

    uvloop.run(scene())


def test_more_than_can_wait_is_not_attempted() -> None:
    """The sandbox's memory has an end."""
    postman = Postman(SystemClock(), lambda prefix: prefix + "1", 1.0)
    postman.endpoints["wh_1"] = Endpoint("http://127.0.0.1:9/")
    event = new_event("evt_1", EventType.SESSION_CREATED, {}, 1000)
    for _ in range(WAITING + 1):
        postman.post(event, 1000)

    assert (postman.deliveries[-1].status, postman.deliveries[-2].status) == ("failed", "pending")
