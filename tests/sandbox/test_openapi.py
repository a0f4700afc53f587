import asyncio
import itertools
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from random import Random
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from starlette.routing import Route

from gateway.clock import SystemClock
from gateway.sandbox.app import build_app, operations
from gateway.sandbox.events import EventType
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.openapi import openapi
from gateway.sandbox.options import SandboxOptions, Timing
from gateway.sandbox.server import Sandbox, run_sandbox

KEY = {"Authorization": "Bearer sk_test_schemathesis"}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    """A sandbox on a loop of its own: schemathesis asks like any other client, and waits for its answers."""
    started: Future[Sandbox] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        options = SandboxOptions(port=0, counterpart="mute", keep_audio=False, timing=Timing(finishing_s=0))
        async with run_sandbox(options) as sandbox:
            started.set_result(sandbox)
            await stop.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    yield started.result(timeout=10)
    loop.call_soon_threadsafe(stop.set)
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def api(served: Sandbox) -> Any:
    """The document, as anybody would load it."""
    return schemathesis.openapi.from_url(served.base_url.removesuffix("/v1") + "/openapi.json")


@pytest.fixture(scope="module")
def ids(served: Sandbox) -> dict[str, list[str]]:
    """What there is: a session that goes on, one that has ended and was recorded and analysed, an agent."""
    with httpx.Client(base_url=served.base_url, headers=KEY, trust_env=False) as http:

        def post(path: str, body: object = None) -> str:
            return str(http.post(path, json=body).json()["id"])

        agent = post("/agents", {"name": "Support"})
        going = post("/sessions", {"mode": "ai_agent", "routing": {"type": "sip"}})
        ended = post("/sessions", {"mode": "ai_agent", "recording": {}})
        post(f"/sessions/{ended}/end")
        analysis = post(f"/sessions/{ended}/analysis", {})
        recording = http.get(f"/sessions/{ended}/recordings").json()["data"][0]["id"]
    return {
        "session_id": [going, ended],
        "agent_id": [agent],
        "analysis_id": [analysis],
        "recording_id": [recording],
    }


_keys = itertools.count()
OPERATIONS = [operation.id for operation in operations(Exchange(SandboxOptions(), SystemClock()))]
MODES = {"good": GenerationMode.POSITIVE, "bad": GenerationMode.NEGATIVE}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_no_request_finds_an_answer_that_is_not_documented(
    api: Any, ids: dict[str, list[str]], operation_id: str, mode: str
) -> None:
    """Good ones are accepted and bad ones refused, with the statuses, headers and objects of the document."""
    operation = api.find_operation_by_id(operation_id)

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=MODES[mode]), strategies.randoms(use_true_random=False))
    def attack(case: Any, random: Random) -> None:
        if "Idempotency-Key" in (case.headers or {}):
            case.headers["Idempotency-Key"] += f"-{next(_keys)}"  # one used again for another body is rightly refused
        if mode == "good" and random.random() < 0.8:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = random.choice(ids[name])
        case.call_and_validate(headers=KEY)

    attack()


def test_every_route_of_the_api_is_described() -> None:
    """And nothing else is. The stream has a route only for requests that ask for no WebSocket."""
    exchange = Exchange(SandboxOptions(), SystemClock())
    stream = ("GET", "/v1/sessions/{session_id}/connect")
    served = {
        (method, route.path)
        for route in build_app(exchange).routes
        if isinstance(route, Route) and route.path.startswith("/v1/")
        for method in (route.methods or set()) - {"HEAD"}
    }
    paths = openapi(operations(exchange))["paths"]

    assert {(method.upper(), path) for path, item in paths.items() for method in item} == served - {stream}


def test_every_documented_endpoint_is_there() -> None:
    """The sixteen of the API overview; the stream is described in words, OpenAPI having no WebSockets."""
    listed = """
        GET /v1/agents
        GET /v1/agents/:id
        POST /v1/agents
        PATCH /v1/agents/:id
        DELETE /v1/agents/:id
        POST /v1/sessions
        GET /v1/sessions/:id
        POST /v1/sessions/:id/end
        POST /v1/sessions/:id/dial
        POST /v1/sessions/:id/hangup
        GET /v1/sessions/:id/transcript
        GET /v1/sessions/:id/recordings
        GET /v1/recordings/:id
        GET /v1/recordings/:id/audio
        POST /v1/sessions/:id/analysis
        GET /v1/analyses/:id
    """
    found = {
        f"{operation.method} {re.sub(r'{[^}]*}', ':id', operation.path)}"
        for operation in operations(Exchange(SandboxOptions(), SystemClock()))
    }

    assert found == {line.strip() for line in listed.strip().splitlines()}


def test_who_is_asked_to_wait_is_told_for_how_long() -> None:
    """`Retry-After`, where the documents have it: a client that is generated from the document heeds it."""
    exchange = Exchange(SandboxOptions(), SystemClock())
    paths = openapi(operations(exchange))["paths"]
    answers = [
        (status, "Retry-After" in answer["headers"])
        for path in paths.values()
        for operation in path.values()
        for status, answer in operation["responses"].items()
    ]

    assert {status for status, waits in answers if waits} == {"409", "429"}
    assert all(waits for status, waits in answers if status == "429")


def test_the_document_is_an_openapi_document() -> None:
    """Of version 3.1, with the events as webhooks."""
    document = openapi(operations(Exchange(SandboxOptions(), SystemClock())))

    assert document["openapi"] == "3.1.0"
    assert set(document["webhooks"]) == set(EventType)
