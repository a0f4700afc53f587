import json
from collections.abc import Callable, Sequence

import httpx
import pytest

from gateway.calls import CallId
from gateway.workers.desk import Desk
from tests.workers.peers import Answer, asking, urls

CALL = CallId("call_a/b")


def desk_of(*answers: Answer, leave: Callable[[], None] = lambda: None) -> Desk:
    """Before workers that answer so."""
    return Desk(lambda: urls(len(answers)), leave, asking(*answers))


def says(body: object, status: int = 200) -> Answer:
    return lambda _: httpx.Response(status, json=body)


def readiness(*reasons: str) -> Answer:
    return says({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)


def knows(state: str, status: int = 200) -> Answer:
    """A worker that tells so much of a call, and says on the call's page who it is."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/console"):
            return httpx.Response(200, text=f"page by {state}")
        assert request.url.raw_path == b"/calls/call_a%2Fb"
        return httpx.Response(status, json={"state": state})

    return answer


@pytest.mark.parametrize(
    ("workers", "reasons"),
    [
        pytest.param([readiness("full"), readiness()], [], id="one is"),
        pytest.param([readiness("full"), readiness("full", "overloaded")], ["full", "overloaded"], id="none is"),
        pytest.param([], ["no_worker"], id="none is up"),
    ],
)
async def test_the_gateway_is_ready_while_one_worker_is(workers: Sequence[Answer], reasons: list[str]) -> None:
    """Connections go to whoever takes them; where nobody does it is told why."""
    desk = desk_of(*workers)
    assert await desk.why_not_ready() == reasons


async def test_a_worker_that_is_gone_is_left_out() -> None:
    """One scrape without it is better than none."""
    desk = Desk(lambda: urls(2), lambda: None, asking(lambda _: httpx.Response(200, text="up 1\n")))

    assert await desk.metrics() == {0: "up 1\n"}


async def test_all_calls_are_in_one_list() -> None:
    """As each worker describes its own."""
    one, two = ({"calls": [{"call_id": name, "seconds": 1.5}]} for name in ("call_a", "call_b"))
    desk = desk_of(says(one), says(two))
    listed = json.loads(await desk.calls())

    assert listed == {"calls": [*one["calls"], *two["calls"]]}


@pytest.mark.parametrize(
    ("workers", "told"),
    [
        pytest.param([knows("away"), knows("streaming")], "streaming", id="live before kept"),
        pytest.param([knows("over"), knows("none", 404)], "over", id="kept before unknown"),
        pytest.param([knows("none", 404), knows("store", 503)], "store", id="no telling before unknown"),
    ],
)
async def test_of_a_call_the_worker_tells_that_knows_most(workers: Sequence[Answer], told: str) -> None:
    """Only one carries it, and all others would say how it was."""
    desk = desk_of(*workers)
    call = await desk.call(CALL)
    page = await desk.page_of(CALL, "/console/calls/call_a%2Fb")

    assert call is not None
    assert call.json() == {"state": told}
    assert page is not None
    assert page.text == f"page by {told}"


async def test_without_workers_nothing_is_known() -> None:
    """A gateway whose workers are all starting again says so."""
    desk = desk_of()
    assert await desk.call(CALL) is None
    assert await desk.page_of(CALL, "/console/calls/x") is None
    assert await desk.page("/console", "", {}) is None
    assert await desk.calls() == b'{"calls":[]}'
    assert await desk.drain() == 0


async def test_a_drain_empties_all_and_starts_none_again() -> None:
    """How many calls that concerns is answered at once."""
    asked: list[str] = []

    def draining(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return httpx.Response(202, json={"draining": True, "calls": 2})

    desk = desk_of(draining, draining, leave=lambda: asked.append("leave"))
    assert await desk.drain() == 4

    assert asked == ["leave", "POST /drain", "POST /drain"]


async def test_a_search_finds_what_only_one_worker_knows() -> None:
    """The others' "no such call" is not the last word; what the browser has already need not be sent again."""

    def found(request: httpx.Request) -> httpx.Response:
        assert (request.url.query, request.headers["if-none-match"]) == (b"id=CA1", '"x"')
        return httpx.Response(303, headers={"location": "/console/calls/call_a"})

    desk = desk_of(says("no", 404), found)
    page = await desk.page("/console/find", "id=CA1", {"if-none-match": '"x"'})

    assert page is not None
    assert page.headers["location"] == "/console/calls/call_a"
