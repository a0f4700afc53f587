"""Webhooks in any order, of any callers, before a Kallglot whose answers may be anything."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import fromstring

import httpx
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from gateway.bridge.lifecycle import Lifecycle, LifecyclePolicy
from gateway.bridge.office import Office
from gateway.calls import Carrier, CarrierCallId, IncomingCall, SipOrigin
from gateway.carriers.twilio import twiml
from gateway.errors import StoreUnavailableError
from gateway.kallglot.api import KallglotApi
from gateway.telemetry.metrics import Metrics
from tests.bridge.desk import ONCE, Desk
from tests.fakes.clock import FakeClock
from tests.fakes.kallglot import FakeKallglot
from tests.fakes.ledger import FlakyLedger
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import ROUTES, messages, texts
from tests.properties.replicas import Replica, settle

AnswerOf = tuple[int, bytes]


@dataclass
class WildKallglot(FakeKallglot):
    """Answers as it was told to, and well when there is nothing left to say."""

    answers: list[AnswerOf] = field(default_factory=list)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        if self.answers:
            status, body = self.answers.pop()
            about = request.url.path.removeprefix("/v1/sessions").strip("/").split("/")[0]
            if about in self.sessions and (status < 300 or status == 404):
                # Whoever is told so by Kallglot itself cannot know better.
                self.sessions[about] = "ended"
            elif not about and status < 300:
                # Nor can they end a session whose key was answered with another.
                self.sessions = dict.fromkeys(self.sessions, "ended")
            return httpx.Response(status, content=body)
        return await super().handle(request)


statuses = st.sampled_from([200, 201, 201, 204, 301, 400, 402, 404, 409, 429, 500, 503])
bodies = st.one_of(messages("kallglot/rest/session*.json"), messages("kallglot/rest/error*.json"))
printable = texts.map(lambda text: "".join(filter(str.isprintable, text))[:60])
calls = st.builds(
    lambda number, caller, called, sip: IncomingCall(
        Carrier.TWILIO,
        CarrierCallId(f"CA{number}"),
        "AC0",
        caller,
        called,
        SipOrigin(called, {"X-A": caller}) if sip else None,
    ),
    st.integers(0, 1),
    printable,
    st.one_of(st.just("+14155551234"), st.just("sip:a@b"), printable),
    st.booleans(),
)
happenings = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "come_back", "fall_back", "call_over", "open", "time"]),
        calls,
        st.lists(st.tuples(statuses, bodies), max_size=2),
    ),
    max_size=8,
)


async def _live_through(told: Sequence[tuple[str, IncomingCall, list[AnswerOf]]], routes: Path) -> None:
    clock, kallglot, registry = FakeClock(), WildKallglot(), CollectorRegistry()
    metrics = Metrics(registry, lambda: ())
    async with AsyncExitStack() as stack:
        transport = httpx.MockTransport(kallglot.handle)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="https://kallglot.test/v1")
        )
        ledger = await FlakyLedger.in_memory()
        stack.push_async_callback(ledger.close)
        api = KallglotApi(http, ONCE, "sk_test_1", metrics.request_observed)
        office = Office("here", ledger, api, Lifecycle(LifecyclePolicy()), clock, metrics)
        replica = await stack.enter_async_context(
            Replica("here", Desk(office, clock, ledger, kallglot, registry), routes)
        )
        for kind, call, answers in told:
            kallglot.answers = answers
            await _tell(replica, kind, call, clock)
            await settle(ledger)
        kallglot.answers = []
        for relay, _ in replica.sockets.values():
            relay.carrier.media_closed(1006)
        for _ in range(30):
            await settle(ledger)
            if await ledger.size() == 0:
                break
            clock.advance(2_000_000)
            replica.wheel.turn()
            await replica.reaper.go_round()
        assert await ledger.size() == 0, "no call may stay for ever"
        assert set(kallglot.sessions.values()) <= {"ended"}


async def _tell(replica: Replica, kind: str, call: IncomingCall, clock: FakeClock) -> None:
    reception = replica.reception
    match kind:
        case "call_over":
            reception.call_over(call.call_id)
        case "time":
            clock.advance(61_000)
            replica.wheel.turn()
            await replica.reaper.go_round()
        case _:
            ask = {"come_back": reception.come_back, "fall_back": reception.fall_back}.get(kind, reception.arrive)
            try:
                answer = await asyncio.wait_for(ask(call), 5)
            except StoreUnavailableError:
                answer = reception.sorry(call)
            xml = twiml.render(answer.document)
            fromstring(xml)  # noqa: S314 - our own
            if kind == "open" and b"<Stream" in xml:
                await replica.open_socket(answer)


def test_every_caller_is_answered_and_every_session_ended() -> None:
    """With a document, whatever Kallglot says; and nothing is left when Kallglot is well again."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        routes = Path(folder) / "routes.toml"
        routes.write_text(ROUTES)

        @fuzz(16)
        @given(happenings)
        def check(told: Sequence[tuple[str, IncomingCall, list[AnswerOf]]]) -> None:
            runner.run(_live_through(told, routes))

        check()
