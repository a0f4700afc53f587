"""Everything that is on the machine: replicas behind a balancer, their store, and a Kallglot at the end of a road."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gateway.store.redis import RedisLedger
from tests.chaos.balancer import Backend, Balancer, open_balancer
from tests.chaos.crowd import Crowd, open_crowd
from tests.chaos.processes import Command
from tests.fakes.valkey import Valkey, free_port
from tests.fakes.world import AUTH_TOKEN, PUBLIC_KEY, ROUTES

HANDOVER_AFTER_S = 1.0
WINDOW_S = 15.0
"""Seconds that a session is kept for a caller who does not come back; in production 300."""

CallFacts = dict[str, Any]
"""A session as `GET /sandbox/sessions` describes it."""


class Replica:
    """One gateway, at addresses that it keeps when it is started again."""

    def __init__(self, name: str, folder: Path, variables: dict[str, str]) -> None:
        self.port = free_port()
        self.admin_url = f"http://127.0.0.1:{(admin_port := free_port())}"
        self.backend = Backend(self.port, f"{self.admin_url}/readyz", is_ready=False)
        own = {"GATEWAY_SERVER__PORT": str(self.port), "GATEWAY_ADMIN__PORT": str(admin_port)}
        self.command = Command(name, ["serve"], variables | own, folder)

    async def start(self) -> None:
        """Start it, and wait until it is ready."""
        await self.command.start(f"{self.admin_url}/readyz")


@dataclass(frozen=True, slots=True)
class ChaosWorld:
    """What the scenarios break."""

    replicas: Sequence[Replica]
    balancer: Balancer
    """In front of the replicas: what carriers reach."""
    sandbox: Command
    sandbox_url: str
    """For looking at it, past the road."""
    road: Balancer
    """From the replicas to Kallglot."""
    valkey: Valkey
    ledger: RedisLedger
    crowd: Crowd
    http: httpx.AsyncClient

    async def sessions(self) -> list[CallFacts]:
        """Every session that Kallglot knows."""
        answer = await self.http.get(f"{self.sandbox_url}/sandbox/sessions")
        found: list[CallFacts] = answer.json()["sessions"]
        return found

    async def live(self, replica: Replica) -> int:
        """How many calls a replica carries."""
        return len((await self.http.get(f"{replica.admin_url}/calls")).json()["calls"])

    def failures(self) -> list[str]:
        """Tracebacks in the logs, of all processes."""
        commands = [self.sandbox, *(replica.command for replica in self.replicas)]
        return [failure for command in commands for failure in command.failures()]


@asynccontextmanager
async def open_world(folder: Path, *, replicas: int, deadline_s: float) -> AsyncIterator[ChaosWorld]:
    """Start all of it; no process outlives the block. Replicas that drain hand their calls over by the deadline."""
    (folder / "routes.toml").write_text(ROUTES)
    async with AsyncExitStack() as stack:
        crowd = stack.enter_context(open_crowd())
        valkey = Valkey(folder)
        stack.callback(valkey.stop)
        await asyncio.to_thread(valkey.start)
        sandbox_port = free_port()
        sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        road = await stack.enter_async_context(open_balancer(Backend(sandbox_port)))
        options = ["--port", str(sandbox_port), "--public-url", road.url, "--counterpart", "echo", "--no-keep-audio"]
        sandbox = Command("sandbox", ["sandbox", *options], {}, folder)
        stack.push_async_callback(sandbox.stop)
        balancer = await stack.enter_async_context(open_balancer())
        variables = _variables(folder, balancer.url, road.url, valkey.url)
        variables["GATEWAY_DRAIN__DEADLINE_S"] = f"{deadline_s:g}"
        all_replicas = [Replica(f"replica-{number}", folder, variables) for number in range(replicas)]
        for replica in all_replicas:
            stack.push_async_callback(replica.command.kill)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(sandbox.start(f"{sandbox_url}/sandbox/sessions"))
            for replica in all_replicas:
                tasks.create_task(replica.start())
        for replica in all_replicas:
            balancer.add(replica.backend)
        ledger = RedisLedger.open(valkey.url)
        stack.push_async_callback(ledger.close)
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10.0))
        yield ChaosWorld(all_replicas, balancer, sandbox, sandbox_url, road, valkey, ledger, crowd, http)


def _variables(folder: Path, public_url: str, kallglot_url: str, store_url: str) -> dict[str, str]:
    return {
        "GATEWAY_PUBLIC_URL": public_url,
        "GATEWAY_ROUTES": str(folder / "routes.toml"),
        "GATEWAY_SERVER__HOST": "127.0.0.1",
        "GATEWAY_KALLGLOT__BASE_URL": f"{kallglot_url}/v1",
        "GATEWAY_KALLGLOT__API_KEY": "sk_test_1",
        "GATEWAY_TWILIO__AUTH_TOKENS": f'["{AUTH_TOKEN}"]',
        "GATEWAY_TELNYX__PUBLIC_KEY": PUBLIC_KEY,
        "GATEWAY_STORE__URL": store_url,
        # Everything shares a few cores here: that a replica turns callers away for it is tested elsewhere.
        "GATEWAY_ADMISSION__MAX_LAG_MS": "0",
        "GATEWAY_RESUME__WINDOW_S": f"{WINDOW_S:g}",
        "GATEWAY_DRAIN__HANDOVER_AFTER_S": f"{HANDOVER_AFTER_S:g}",
        "GATEWAY_LOG__FORMAT": "json",
    }
