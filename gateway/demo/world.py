"""A gateway and a Kallglot on free loopback ports, with secrets of their own; nothing of it outlives the block."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import Sandbox, run_sandbox
from gateway.settings.model import Settings
from gateway.web.listener import listen
from gateway.wiring import Gateway, run_gateway

SPEAKER = "customer"
"""Who the caller is on the session stream."""

_HOST = "127.0.0.1"

_ROUTES = f"""
[[route]]
name = "demo"
mode = "bidirectional_translation"
source_language = "en"
target_language = "de"
speaker = "{SPEAKER}"
"""


@dataclass(frozen=True, slots=True)
class World:
    """Both ends of a gateway, and the secrets that its carriers sign with."""

    gateway: Gateway
    sandbox: Sandbox
    url: str
    """Of the gateway."""
    auth_token: str
    """Twilio's."""
    signing_seed: str
    """Of Telnyx' key, base64."""

    @property
    def metrics_url(self) -> str:
        """Where the gateway tells its metrics."""
        return f"http://{_HOST}:{self.gateway.admin_port}/metrics"


@asynccontextmanager
async def open_world(folder: Path, counterpart: str) -> AsyncIterator[World]:
    """Run both; `folder` takes the routes and the ledger."""
    auth_token, seed = secrets.token_hex(16), secrets.token_bytes(32)
    routes = folder / "routes.toml"
    routes.write_text(_ROUTES)
    async with run_sandbox(SandboxOptions(host=_HOST, port=0, counterpart=counterpart)) as sandbox:
        public = listen("server", _HOST, 0)
        url = f"http://{_HOST}:{public.getsockname()[1]}"
        settings = Settings.model_validate(
            {
                "public_url": url,
                "routes": routes,
                "admin": {"host": _HOST, "port": 0},
                "kallglot": {"base_url": sandbox.base_url, "api_key": f"sk_test_{secrets.token_hex(12)}"},
                "twilio": {"auth_tokens": (auth_token,)},
                # A-law both ways, as European calls have it: the gateway has to transcode.
                "telnyx": {"public_key": _public_key(seed), "codec": "PCMA", "bidirectional_codec": "PCMA"},
                # A busy machine stops both ends at once: that is no carrier that stalls.
                "media": {"stall_ms": 2000},
                # Nor is it an overload: one loop plays every part.
                "admission": {"max_lag_ms": 0},
                "store": {"url": f"sqlite:///{folder / 'ledger.db'}"},
            }
        )
        async with run_gateway(settings, public=public) as gateway:
            yield World(gateway, sandbox, url, auth_token, base64.b64encode(seed).decode())


def _public_key(seed: bytes) -> str:
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return base64.b64encode(key.public_bytes_raw()).decode()
