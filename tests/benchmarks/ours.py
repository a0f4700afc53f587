"""The gateway as it is served, for the benchmark: every part of it, with signatures, tickets and a ledger on disk.

Run by `tests.benchmarks.relay`.
"""

import asyncio
import logging
import signal
from pathlib import Path

import uvloop

from gateway.garbage import settle
from gateway.settings.model import Settings
from gateway.telemetry.logs import LogFormat, configure_logs
from gateway.wiring import run_gateway
from tests.benchmarks.carrier import AUTH_TOKEN
from tests.benchmarks.processes import Inheritance, inherited

_ROUTES = """
[[route]]
name = "benchmark"
mode = "bidirectional_translation"
"""


def settings(folder: Path, port: int, kallglot_url: str, *, quality: bool = True) -> Settings:
    """What an operator would set; the rest as it is by default."""
    (folder / "routes.toml").write_text(_ROUTES)
    return Settings.model_validate(
        {
            "public_url": f"http://127.0.0.1:{port}",
            "routes": folder / "routes.toml",
            "admin": {"port": 0},
            "kallglot": {"base_url": kallglot_url, "api_key": "sk_test_1"},
            "twilio": {"auth_tokens": (AUTH_TOKEN,)},
            "telemetry": {"quality": quality},
            "store": {"url": f"sqlite:///{folder / 'ledger.db'}"},
        }
    )


async def serve(inheritance: Inheritance, *, quality: bool) -> None:
    """Run the gateway until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listener = inheritance.listener
    chosen = settings(inheritance.folder, listener.getsockname()[1], inheritance.kallglot_url, quality=quality)
    async with run_gateway(chosen, public=listener):
        settle()
        await stop.wait()


def main(*, quality: bool = True) -> None:
    """Serve on the socket that was handed over; `quality` is whether it is followed how calls sound."""
    inheritance = inherited()
    configure_logs(LogFormat.JSON, level=logging.WARNING)
    uvloop.run(serve(inheritance, quality=quality))


if __name__ == "__main__":
    main()
