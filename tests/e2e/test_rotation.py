"""Secrets change replica by replica, under a call."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from gateway.calls import Carrier
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import Sandbox, run_sandbox
from gateway.settings.model import Settings
from gateway.simulator.call import place_call
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import EndedBy
from gateway.web.listener import listen
from gateway.wiring import Gateway, run_gateway
from tests.chaos.balancer import Backend, open_balancer
from tests.e2e.calls import verbs
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.valkey import Valkey
from tests.fakes.world import ROUTES

OLD, NEW = "old-token", "new-token"
OLD_KEY, NEW_KEY = "sk_test_old", "sk_test_new"


def replica(
    folder: Path, store: Valkey, kallglot: Sandbox, public_url: str, **secrets: Any
) -> tuple[AbstractAsyncContextManager[Gateway], Backend]:
    """One that reads these secrets as it starts."""
    public = listen("server", "127.0.0.1", 0)
    settings = Settings.model_validate(
        {
            "public_url": public_url,
            "routes": folder / "routes.toml",
            "admin": {"port": 0},
            "store": {"url": store.url},
            "admission": {"max_lag_ms": 0},
            "media": {"stall_ms": 2_000},
            "drain": {"handover_after_s": 0, "deadline_s": 0.5},
            "twilio": {"auth_tokens": secrets["tokens"]},
            "kallglot": {"base_url": kallglot.base_url, "api_key": secrets["key"]},
        }
    )
    port = public.getsockname()[1]
    return run_gateway(settings, public=public), Backend(port, f"http://127.0.0.1:{port}/readyz")


async def test_tokens_and_keys_are_rotated_without_a_lost_call(tmp_path: Path) -> None:
    """By the order of the operating guide: the new ones are added, replicas are replaced, the old ones are dropped."""
    (tmp_path / "routes.toml").write_text(ROUTES)
    options = SandboxOptions(port=0, counterpart="echo", api_keys=frozenset({OLD_KEY, NEW_KEY}))
    leaves = asyncio.Event()
    with Valkey(tmp_path) as store:
        async with run_sandbox(options) as kallglot, open_balancer() as balancer:
            before, there = replica(tmp_path, store, kallglot, balancer.url, tokens=[OLD], key=OLD_KEY)
            after, here = replica(tmp_path, store, kallglot, balancer.url, tokens=[OLD, NEW], key=NEW_KEY)
            plan = CallPlan(
                gateway_url=balancer.url,
                carrier=Carrier.TWILIO,
                auth_token=OLD,
                speech=wav(chirps(1.0)),
                hangup_on_silence_s=None,
                hangs_up_now=leaves.is_set,
            )
            async with after as new, asyncio.TaskGroup() as tasks:
                async with before as old:
                    balancer.add(there)
                    placed = tasks.create_task(place_call(plan))
                    await until(lambda: any(relay.counts.frames_in > 20 for relay in old.switchboard.live()))
                    balancer.add(here)
                    await until(lambda: old.drain._presence.others == 1)
                    await old.drain.run()
                await until(lambda: any(relay.counts.frames_in > 20 for relay in new.switchboard.live()))
                leaves.set()
                promoted = CallPlan(
                    gateway_url=balancer.url, carrier=Carrier.TWILIO, auth_token=NEW, speech=wav(chirps(0.5))
                )
                next_call = await place_call(promoted)

                moved = await placed
                assert verbs(moved) == ["Connect", "Redirect", "Connect"]
                assert moved.ended_by is next_call.ended_by is EndedBy.CALLER
                assert moved.complaints == next_call.complaints == []
                await until(lambda: all(session.status == "ended" for session in kallglot.state.sessions.values()))
            assert len(kallglot.state.sessions) == 2
