"""Secrets change replica by replica, under a call, and step by step: the old one, both, the new one."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
from tests.fakes.carriers import FORM, new_call_id, signed_headers, voice_form
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.valkey import Valkey
from tests.fakes.world import ROUTES, World, open_world


@dataclass(frozen=True, slots=True)
class Secrets:
    """All that the three who call us sign with, and what we call Kallglot with."""

    name: str
    seed: bytes

    @property
    def token(self) -> str:
        """Twilio's."""
        return f"{self.name}-token"

    @property
    def signing_seed(self) -> str:
        """Telnyx' private half."""
        return base64.b64encode(self.seed).decode()

    @property
    def public_key(self) -> str:
        """Telnyx' public half."""
        return base64.b64encode(
            Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        ).decode()

    @property
    def webhook_secret(self) -> str:
        """Kallglot's."""
        return f"whsec_{self.name}"

    @property
    def api_key(self) -> str:
        """Ours at Kallglot."""
        return f"sk_test_{self.name}"


OLD, NEW = Secrets("old", bytes(range(32))), Secrets("new", bytes(range(1, 33)))


def believed(*known: Secrets) -> dict[str, Any]:
    """The settings of a replica that is told of these."""
    return {
        "twilio": {"auth_tokens": [each.token for each in known]},
        "telnyx": {"public_key": [each.public_key for each in known]},
        "kallglot": {"webhook_secret": [each.webhook_secret for each in known]},
    }


def replica(
    folder: Path, store: Valkey, kallglot: Sandbox, public_url: str, *known: Secrets
) -> tuple[AbstractAsyncContextManager[Gateway], Backend]:
    """One that reads these secrets as it starts; of Kallglot's keys the last."""
    public = listen("server", "127.0.0.1", 0)
    sections = believed(*known)
    settings = Settings.model_validate(
        {
            "public_url": public_url,
            "routes": folder / "routes.toml",
            "admin": {"port": 0},
            "store": {"url": store.url},
            "admission": {"max_lag_ms": 0},
            "media": {"stall_ms": 2_000},
            "drain": {"handover_after_s": 0, "deadline_s": 0.5},
            **sections,
            "kallglot": {**sections["kallglot"], "base_url": kallglot.base_url, "api_key": known[-1].api_key},
        }
    )
    port = public.getsockname()[1]
    return run_gateway(settings, public=public), Backend(port, f"http://127.0.0.1:{port}/readyz")


@pytest.mark.parametrize("carrier", Carrier)
async def test_secrets_are_rotated_without_a_lost_call(carrier: Carrier, tmp_path: Path) -> None:
    """By the order of the operating guide: the new ones are added, replicas are replaced, the old ones are dropped."""
    (tmp_path / "routes.toml").write_text(ROUTES)
    options = SandboxOptions(port=0, counterpart="echo", api_keys=frozenset({OLD.api_key, NEW.api_key}))
    leaves = asyncio.Event()
    with Valkey(tmp_path) as store:
        async with run_sandbox(options) as kallglot, open_balancer() as balancer:
            before, there = replica(tmp_path, store, kallglot, balancer.url, OLD)
            after, here = replica(tmp_path, store, kallglot, balancer.url, OLD, NEW)
            plan = CallPlan(
                gateway_url=balancer.url,
                carrier=carrier,
                auth_token=OLD.token,
                signing_seed=OLD.signing_seed,
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
                    gateway_url=balancer.url,
                    carrier=carrier,
                    auth_token=NEW.token,
                    signing_seed=NEW.signing_seed,
                    speech=wav(chirps(0.5)),
                )
                next_call = await place_call(promoted)

                moved = await placed
                assert verbs(moved) == ["Connect", "Redirect", "Connect"]
                assert moved.ended_by is next_call.ended_by is EndedBy.CALLER
                assert moved.complaints == next_call.complaints == []
                await until(lambda: all(session.status == "ended" for session in kallglot.state.sessions.values()))
            assert len(kallglot.state.sessions) == 2


async def statuses(client: httpx.AsyncClient, world: World, signer: Secrets) -> set[int]:
    """What each of the three is answered who signs with these."""
    answers = set()
    for carrier in Carrier:
        url, form = f"{world.url}/webhooks/{carrier}/status", voice_form(new_call_id(carrier))
        headers = signed_headers(carrier, url, form, token=signer.token, seed=signer.seed)
        answers.add((await client.post(url, data=form, headers={**headers, "content-type": FORM})).status_code)
    body, stamp = json.dumps({"id": "evt_1", "type": "session.started"}).encode(), int(time.time())  # noqa: TID251 - Kallglot's own clock
    made = hmac.new(signer.webhook_secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    signature = {"Kallglot-Signature": f"t={stamp},v1={made}"}
    answers.add((await client.post(f"{world.url}/webhooks/kallglot", content=body, headers=signature)).status_code)
    return answers


@pytest.mark.parametrize(
    ("known", "of_old", "of_new"),
    [((OLD,), {204}, {403}), ((OLD, NEW), {204}, {204}), ((NEW,), {403}, {204})],
    ids=["old", "both", "new"],
)
async def test_each_step_believes_whom_it_should(
    known: tuple[Secrets, ...], of_old: set[int], of_new: set[int], tmp_path: Path
) -> None:
    """Twilio, Telnyx and Kallglot change over at a moment of their own; at the end the old one opens nothing."""
    async with open_world(tmp_path, **believed(*known)) as world, httpx.AsyncClient() as client:
        assert await statuses(client, world, OLD) == of_old
        assert await statuses(client, world, NEW) == of_new
