"""Opens what the settings name, and closes it in reverse."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.types import ASGIApp

from gateway.bridge import relay
from gateway.bridge.admission import Admission
from gateway.bridge.claims import heed_claims
from gateway.bridge.closer import Closer
from gateway.bridge.drain import Drain
from gateway.bridge.lifecycle import Lifecycle
from gateway.bridge.notices import Notices
from gateway.bridge.office import Office
from gateway.bridge.presence import Presence
from gateway.bridge.reaper import Reaper
from gateway.bridge.reception import Reception
from gateway.bridge.surroundings import Surroundings
from gateway.bridge.switchboard import Switchboard
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, EndReason
from gateway.carriers.base import WebhookDialect
from gateway.carriers.telnyx.webhooks import TelnyxWebhooks
from gateway.carriers.twilio.webhooks import TwilioWebhooks
from gateway.clock import Clock, SystemClock
from gateway.errors import ConfigError, StoreUnavailableError
from gateway.kallglot.api import ApiPolicy, KallglotApi, open_http
from gateway.routing.table import RouteTable
from gateway.routing.watch import RouteBook, watch
from gateway.settings.model import Settings
from gateway.settings.policies import (
    bridge_policy,
    drain_policy,
    lag_policy,
    lifecycle_policy,
    reception_policy,
    telnyx_policy,
)
from gateway.store.ledger import Ledger
from gateway.store.redis import RedisLedger
from gateway.store.sqlite import SqliteLedger
from gateway.telemetry.lag import PERIOD_MS, LagMonitor
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import AdmissionState, Metrics
from gateway.web.admin import admin_app
from gateway.web.console.book import CallBook
from gateway.web.console.broadcast import Broadcast
from gateway.web.console.feed import LiveFeed
from gateway.web.console.views import console_routes
from gateway.web.http import HeadPolicy, guarded_protocol
from gateway.web.kallglot import KallglotWebhook
from gateway.web.listener import listen, serving
from gateway.web.media import MediaDoor
from gateway.web.public import public_app
from gateway.web.requests import networks
from gateway.web.upgrade import upgrade_protocol
from gateway.web.visitors import Visitors
from gateway.web.webhooks import WebhookDesk

_log = logger("gateway")

_IS_COMPILED = not str(relay.__file__).endswith(".py")
"""What audio passes through (`deploy/compile.py`); else a core carries fewer calls."""

API_POLICY = ApiPolicy()
"""Kallglot's budget: less than half of a carrier's patience."""

_READY_S = 1.5
"""For the store's answer to whoever asks for readiness: Kubernetes, and the parent of several workers, wait 3 s."""

_LAG_MEMORY_MS = 5_000
"""Of a loop that was blocked for longer, or a machine that slept, the rest is of no interest."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that runs."""

    public_port: int
    admin_port: int
    switchboard: Switchboard
    drain: Drain
    ledger: Ledger
    routes: RouteBook


@asynccontextmanager
async def run_gateway(
    settings: Settings, *, public: socket.socket | None = None, admin: socket.socket | None = None
) -> AsyncIterator[Gateway]:
    """Run a gateway for as long as the context lasts; live calls are ended with it.

    Raises:
        ConfigError: the settings name what cannot be used.
        StoreUnavailableError: the store cannot be opened.
    """
    clock = SystemClock()
    routes = RouteBook(settings.routes)
    async with AsyncExitStack() as stack:
        public = stack.enter_context(public or listen("server", settings.server.host, settings.server.port))
        admin = stack.enter_context(admin or listen("admin", settings.admin.host, settings.admin.port))
        ledger = await open_ledger(settings.store.url)
        stack.push_async_callback(ledger.close)
        wheel = Wheel(clock)
        stack.callback(wheel.stop)
        http = await stack.enter_async_context(open_http(settings.kallglot.base_url, API_POLICY))
        # After what the tasks use: they are waited for first, sessions that are being ended among them.
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        calls = _calls(settings, http, tasks, routes, ledger, wheel, clock)
        doors = _doors(settings, calls, tasks)
        lasting = (
            calls.reaper.run(),
            heed_claims(ledger, calls.switchboard),
            _watch_routes(routes, calls.office.metrics),
            _watch_lag(calls.lag, clock, calls.office.metrics),
        )
        for run in lasting:
            stack.callback(tasks.create_task(run).cancel)
        stack.callback(calls.switchboard.end_all, EndReason.DRAINED)
        await stack.enter_async_context(serving(public, doors.public, doors.connection, doors.upgrade, tasks))
        await stack.enter_async_context(serving(admin, doors.admin, "httptools", "none", tasks))
        stack.callback(doors.live.close)
        stack.callback(calls.drain.close)
        ports = public.getsockname()[1], admin.getsockname()[1]
        _log.info(
            "gateway_started",
            port=ports[0],
            admin_port=ports[1],
            replica=calls.office.replica,
            compiled=_IS_COMPILED,
        )
        yield Gateway(*ports, calls.switchboard, calls.drain, ledger, routes)


async def open_ledger(url: str) -> Ledger:
    """The store that `store.url` names.

    Raises:
        StoreUnavailableError: it cannot be opened.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return await SqliteLedger.open(rest.removeprefix("/"))
    return RedisLedger.open(url)


@dataclass(frozen=True, slots=True)
class _Calls:
    """Whatever decides about calls, or carries them."""

    office: Office
    switchboard: Switchboard
    closer: Closer
    reaper: Reaper
    lag: LagMonitor
    reception: Reception
    drain: Drain

    async def why_not_ready(self) -> list[str]:
        """What keeps this replica from taking new calls."""
        reasons = ["draining"] if self.drain.has_begun else []
        if self.reception.state is not AdmissionState.OPEN:
            reasons.append(self.reception.state.name.lower())
        try:
            async with asyncio.timeout(_READY_S):
                await self.office.ledger.ping()
        except (StoreUnavailableError, TimeoutError):
            reasons.append("store_unavailable")
        return reasons


def _calls(
    settings: Settings,
    http: httpx.AsyncClient,
    tasks: asyncio.TaskGroup,
    routes: RouteBook,
    ledger: Ledger,
    wheel: Wheel,
    clock: Clock,
) -> _Calls:
    board: list[Switchboard] = []
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    metrics = Metrics(registry, lambda: board[0].counts() if board else ())
    api = KallglotApi(http, API_POLICY, settings.kallglot.api_key.get_secret_value(), metrics.request_observed)
    replica = f"{socket.gethostname()}-{secrets.token_hex(4)}"
    office = Office(replica, ledger, api, Lifecycle(lifecycle_policy(settings)), clock, metrics)
    presence, closer, lag = Presence(office), Closer(office), LagMonitor(lag_policy(settings))
    around = Surroundings(clock, wheel, metrics, bridge_policy(settings))
    switchboard = Switchboard(office, around, routes, closer, tasks)
    board.append(switchboard)
    most = settings.admission.max_calls
    admission = Admission(office, switchboard, most, lambda: lag.is_overloaded, lambda: presence.others)
    reception = Reception(office, routes, switchboard, closer, tasks, reception_policy(settings), admission)
    drain = Drain(switchboard, presence, clock, metrics, drain_policy(settings), lambda: reception.is_answering)
    metrics.capacity.set(most)
    metrics.admission_state.set_function(lambda: AdmissionState.DRAINING if drain.has_begun else reception.state)
    reaper = Reaper(office, switchboard, closer, presence)
    return _Calls(office, switchboard, closer, reaper, lag, reception, drain)


@dataclass(frozen=True, slots=True)
class _Doors:
    """Whatever answers on the two listeners."""

    public: ASGIApp
    connection: Callable[..., asyncio.Protocol]
    upgrade: Callable[..., asyncio.Protocol]
    admin: ASGIApp
    live: Broadcast


def _doors(settings: Settings, calls: _Calls, tasks: asyncio.TaskGroup) -> _Doors:
    office, switchboard, drain = calls.office, calls.switchboard, calls.drain
    ledger, clock, metrics = office.ledger, office.clock, office.metrics
    dialects = _dialects(settings)
    trusted = networks(settings.server.trusted_proxies)
    desk = WebhookDesk(calls.reception, metrics, clock, settings.public_url, trusted)
    signed_with = tuple(secret.get_secret_value() for secret in settings.kallglot.webhook_secret)
    kallglot = KallglotWebhook(Notices(office, switchboard, calls.closer), metrics, clock, signed_with).route()
    door = MediaDoor(dialects, switchboard, drain, metrics, settings.public_url.replace("http", "ws", 1))
    visitors = Visitors(settings.server.max_connections_per_address, trusted, _address_full)
    live = Broadcast(LiveFeed(switchboard.live, switchboard.transcripts, clock), clock)
    console = console_routes(live, CallBook(switchboard, ledger, clock))

    def begin_drain() -> None:
        if not drain.has_begun:
            drain.begin()
            tasks.create_task(drain.run())

    return _Doors(
        public=public_app(list(dialects.values()), desk, kallglot, calls.why_not_ready),
        connection=guarded_protocol(visitors, HeadPolicy()),
        upgrade=upgrade_protocol(door, tasks, trusted),
        admin=admin_app(metrics.registry, switchboard, ledger, clock, calls.why_not_ready, begin_drain, console),
        live=live,
    )


def _dialects(settings: Settings) -> dict[Carrier, WebhookDialect]:
    tokens = [token.get_secret_value() for token in settings.twilio.auth_tokens]
    return {
        Carrier.TWILIO: TwilioWebhooks(tokens),
        Carrier.TELNYX: TelnyxWebhooks(telnyx_policy(settings)),
    }


def _address_full(address: str) -> None:
    _log.warning("address_full", address=address)


async def _watch_lag(lag: LagMonitor, clock: Clock, metrics: Metrics) -> None:
    """Sample by absolute deadlines: those that a blocked loop has missed count too, as far as they still matter."""
    due_ms = clock.now_ms() + PERIOD_MS
    while True:
        await asyncio.sleep(max(0, due_ms - clock.now_ms()) / 1000)
        now_ms = clock.now_ms()
        due_ms = max(due_ms, now_ms - _LAG_MEMORY_MS)
        while due_ms <= now_ms:
            metrics.loop_lag.observe((now_ms - due_ms) / 1000)
            lag.sample(now_ms - due_ms, now_ms)
            due_ms += PERIOD_MS


async def _watch_routes(routes: RouteBook, metrics: Metrics) -> None:
    def reloaded(table: RouteTable) -> None:
        _log.info("routes_reloaded", routes=len(table.routes))

    def failed(exc: ConfigError) -> None:
        metrics.routes_reload_failures.inc()
        _log.error("routes_not_reloaded", problems=list(exc.problems))

    await watch(routes, on_reload=reloaded, on_failure=failed)
