"""Gateway and sandbox on loopback, for tests that place calls."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.calls import Carrier
from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import Sandbox, run_sandbox
from gateway.settings.model import Settings
from gateway.simulator.plan import CallPlan
from gateway.web.listener import listen
from gateway.wiring import Gateway, run_gateway

AUTH_TOKEN = "12345"
SEED = bytes(range(32))
SIGNING_SEED = base64.b64encode(SEED).decode()
PUBLIC_KEY = base64.b64encode(Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()).decode()

ROUTES = """
[[route]]
name = "support"
mode = "bidirectional_translation"
source_language = "de"
target_language = "en"
after = "hangup"
on_failure = { say = "Please try again later.", language = "en-US", then = "hangup" }
"""


@dataclass(frozen=True, slots=True)
class World:
    """A gateway, and the Kallglot that it talks to."""

    gateway: Gateway
    sandbox: Sandbox
    url: str

    @property
    def admin_url(self) -> str:
        """The admin listener."""
        return f"http://127.0.0.1:{self.gateway.admin_port}"

    def plan(self, carrier: Carrier, **more: Any) -> CallPlan:
        """A call that this gateway takes for real."""
        return CallPlan(gateway_url=self.url, carrier=carrier, auth_token=AUTH_TOKEN, signing_seed=SIGNING_SEED, **more)


@asynccontextmanager
async def open_world(
    folder: Path,
    *,
    routes: str = ROUTES,
    sandbox: Mapping[str, Any] | None = None,
    **sections: Mapping[str, Any],
) -> AsyncIterator[World]:
    """Both, on free ports; `sections` are settings, by section."""
    (folder / "routes.toml").write_text(routes)
    options = SandboxOptions(port=0, **(sandbox or {}))
    async with run_sandbox(options) as kallglot:
        public = listen("server", "127.0.0.1", 0)
        url = f"http://127.0.0.1:{public.getsockname()[1]}"
        settings = Settings.model_validate(
            {
                "public_url": url,
                "routes": folder / "routes.toml",
                "admin": {"port": 0},
                "store": {"url": f"sqlite:///{folder / 'ledger.db'}"},
                # One loop plays every part, on a machine that tests share: its lateness says nothing of the gateway.
                "admission": {"max_lag_ms": 0, **sections.pop("admission", {})},
                "twilio": {"auth_tokens": (AUTH_TOKEN,)},
                **sections,
                # A machine that is busy with other tests is no carrier that has gone quiet.
                "media": {"stall_ms": 2_000, **sections.get("media", {})},
                "kallglot": {"base_url": kallglot.base_url, "api_key": "sk_test_1", **sections.get("kallglot", {})},
                "telnyx": {"public_key": PUBLIC_KEY, **sections.get("telnyx", {})},
            }
        )
        async with run_gateway(settings, public=public) as gateway:
            yield World(gateway, kallglot, url)
