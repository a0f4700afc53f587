"""Asks a running gateway's admin listener."""

from typing import TYPE_CHECKING, TypeVar

import httpx
import msgspec

from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.settings.model import Settings

Answer = TypeVar("Answer")

TIMEOUT_S = 5.0

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared with, not listened on
"""Addresses that a listener may have and nobody can call."""


def admin_url(settings: "Settings") -> str:
    """Where it answers, as seen from this machine."""
    host = _ANYWHERE.get(settings.admin.host, settings.admin.host)
    return f"http://[{host}]:{settings.admin.port}" if ":" in host else f"http://{host}:{settings.admin.port}"


def ask(settings: "Settings", path: str) -> httpx.Response | None:
    """Its answer; None where nobody answers."""
    try:
        return httpx.get(admin_url(settings) + path, timeout=TIMEOUT_S, trust_env=False)
    except httpx.HTTPError:
        return None


def read(settings: "Settings", answer: httpx.Response, kind: type[Answer]) -> Answer:
    """What it says.

    Raises:
        ConfigError: that is nothing a gateway of this version says.
    """
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as exc:
        problem = f"admin.host, admin.port: what answers at {admin_url(settings)} is no gateway of this version: {exc}"
        raise ConfigError([problem]) from exc
