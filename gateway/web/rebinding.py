"""Calls are shown to no web page of somebody else's, though its name may lead to this machine."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.errors import error

_THIS_MACHINE = frozenset({"127.0.0.1", "::1"})
"""Where a browser finds this listener that runs beside it, or before a tunnel: `kubectl port-forward`, `ssh -L`."""

_SHOWS_CALLS = ("/calls", "/console")

_NOBODYS = (".localhost", ".localdomain", ".internal")
"""Ends of names that nobody can have in the public DNS (RFC 6761 §6.3; ICANN reserves `internal`)."""


class NoRebinding:
    """Refuses to show calls to who asks this machine for them by a name that anybody can have.

    A page may have its own name lead to 127.0.0.1 once a browser has it (DNS rebinding): whoever looks at it looks at
    the console, too, and it reads along. The name is all that tells. On other addresses it can be any of the
    operator's, and health and metrics are asked for by whatever name their clients have.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _shows_calls(scope["path"]) and _is_this_machine(scope):
            hosts = Headers(scope=scope).getlist("host")
            if any(may_be_anybodys(host) for host in hosts):
                message = "ask for localhost; a proxy in front has to send that as Host"
                await error(403, "not_this_host", message, type_="permission_error")(scope, receive, send)
                return
        await self._app(scope, receive, send)


def may_be_anybodys(host: str) -> bool:
    """Whether a `Host` header holds a name that can be registered: not an address, not one word."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return True
    return "." in name and not name.endswith(_NOBODYS) and not _is_address(name)


def _shows_calls(path: str) -> bool:
    return any(path == shown or path.startswith(f"{shown}/") for shown in _SHOWS_CALLS)


def _is_this_machine(scope: Scope) -> bool:
    server: Sequence[object] = scope.get("server") or ("",)
    return server[0] in _THIS_MACHINE


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
