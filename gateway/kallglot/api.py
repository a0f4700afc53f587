"""Kallglot's REST API: create, retrieve and end sessions.

Wire reference: https://developer.kallglot.com/api-reference/overview. The retries are stamina's; what is worth one,
and when, is decided here: stamina's own `timeout` counts neither the wait ahead nor the attempt under way.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypedDict
from urllib.parse import quote

import httpx
import msgspec
import stamina

from gateway.calls import SessionId
from gateway.errors import ConfigError, KallglotError, KallglotUnavailableError
from gateway.kallglot.backoff import BackoffPolicy, delays
from gateway.kallglot.client import USER_AGENT, system_trust
from gateway.kallglot.models import Session, check_session_end, decode_session, unexpected
from gateway.kallglot.refusals import refusal, unnamed

NO_ANSWER = "error"
"""The status of an attempt that got none."""


class Operation(StrEnum):
    """A request's purpose; the `operation` label of `gateway_kallglot_request_duration_seconds`."""

    CREATE = "create"
    GET = "get"
    END = "end"


class RequestObserver(Protocol):
    """Is told of every attempt."""

    def __call__(self, operation: str, status: str, seconds: float) -> None:
        """`operation` is one of `Operation`; `status` is the HTTP status, or `error` where there was none."""
        ...


@dataclass(frozen=True, slots=True)
class ApiPolicy:
    """How long Kallglot may take."""

    budget_ms: int = 6000
    """For a request with all its attempts: a carrier waits 15 s for its document, and dialling takes some of it."""
    connect_timeout_ms: int = 2000
    read_timeout_ms: int = 5000
    attempts: int = 4
    backoff: BackoffPolicy = field(default_factory=BackoffPolicy)
    most_at_once: int = 40
    """Requests under way; further ones wait, within their budget. Each looks at all connections: when hundreds of calls
    end together, a hundred connections would hold the event loop up for a quarter of a second."""
    keepalive_connections: int = 20
    keepalive_s: float = 60
    """Longer than the gaps between calls on a quiet day would be, shorter than proxies keep idle connections."""


def open_http(base_url: str, policy: ApiPolicy) -> httpx.AsyncClient:
    """A pooled client for `KallglotApi`; whoever opens it closes it.

    The environment's proxies are not used: the stream would pass them by.
    """
    read_s = policy.read_timeout_ms / 1000
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        timeout=httpx.Timeout(read_s, connect=policy.connect_timeout_ms / 1000),
        limits=httpx.Limits(
            # `KallglotApi` bounds them. A pool that is full gives connections to requests that were cancelled while
            # they waited for one, and those are lost: after a Kallglot that hung all were, until a restart.
            max_connections=None,
            max_keepalive_connections=policy.keepalive_connections,
            keepalive_expiry=policy.keepalive_s,
        ),
        verify=system_trust(),
        trust_env=False,
    )


class KallglotApi:
    """Sessions, over a client that `open_http` opened.

    Raises:
        ConfigError: the key is none that a header can hold.
    """

    def __init__(self, http: httpx.AsyncClient, policy: ApiPolicy, api_key: str, observe: RequestObserver) -> None:
        if not (api_key.strip() and api_key.isascii() and api_key.isprintable()):
            raise ConfigError(["kallglot.api_key must be set, to printable ASCII characters"])
        self._http = http
        self._policy = policy
        self._slots = asyncio.Semaphore(policy.most_at_once)
        self._authorization = f"Bearer {api_key.strip()}"
        self._observe = observe

    async def create(self, body: Mapping[str, object], idempotency_key: str) -> Session:
        """Create a session that has a stream.

        Raises:
            KallglotError: Kallglot refused, or answered what is no session with a stream.
            KallglotUnavailableError: it could not be asked within the budget.
        """
        request = self._request("POST", "sessions", _posted(idempotency_key), msgspec.json.encode(body))
        answer = await self._send(Operation.CREATE, request)
        session = decode_session(answer.content, **_origin(answer))
        if session.stream is None:
            raise unexpected("a session with a stream", answer.content, "no `stream`", **_origin(answer))
        return session

    async def get(self, session_id: SessionId) -> Session:
        """Retrieve a session; while it is not over, with a grant to open its stream.

        Raises:
            KallglotError: Kallglot refused, or answered what is no session.
            KallglotUnavailableError: it could not be asked within the budget.
        """
        answer = await self._send(Operation.GET, self._request("GET", f"sessions/{quote(session_id, safe='')}", {}))
        return decode_session(answer.content, **_origin(answer))

    async def end(self, session_id: SessionId) -> None:
        """End a session; safe to repeat, Kallglot answers an ended one's summary again.

        A session that Kallglot does not know (its own 404) counts as ended: it cannot be billed, and whoever asks
        would otherwise have to go on asking for ever. A proxy's 404 says nothing about the session.

        Raises:
            KallglotError: Kallglot refused, or answered what is no end of a session.
            KallglotUnavailableError: it could not be asked within the budget.
        """
        path = f"sessions/{quote(session_id, safe='')}/end"
        # Nothing has to be said, but an empty body would not be the JSON that the header promises.
        request = self._request("POST", path, _posted(f"end-{session_id}"), b"{}")
        try:
            answer = await self._send(Operation.END, request)
        except KallglotError as exc:
            if exc.status != 404 or exc.code == unnamed(404):
                raise
        else:
            check_session_end(answer.content, **_origin(answer))

    def _request(self, method: str, path: str, headers: Mapping[str, str], content: bytes = b"") -> httpx.Request:
        headers = {"Authorization": self._authorization, **headers}
        return self._http.build_request(method, path, headers=headers, content=content)

    async def _send(self, operation: Operation, request: httpx.Request) -> httpx.Response:
        """The answer, 2xx, of the first attempt that brings one; every attempt sends the same bytes."""
        time = asyncio.get_running_loop().time
        deadline_s = time() + self._policy.budget_ms / 1000
        pauses = delays(self._policy.backoff, random.random)

        def pause_after(exc: Exception) -> bool | float:
            if not isinstance(exc, KallglotUnavailableError):
                return False
            pause_s = exc.retry_after_s or next(pauses)
            return pause_s if time() + pause_s < deadline_s else False

        ask = stamina.AsyncRetryingCaller(attempts=self._policy.attempts, timeout=None).on(pause_after)
        try:
            async with asyncio.timeout_at(deadline_s):
                return await ask(self._attempt, operation, request)
        except TimeoutError as exc:
            message = f"{operation} got no answer within {self._policy.budget_ms} ms"
            raise KallglotUnavailableError("timeout", message) from exc

    async def _attempt(self, operation: Operation, request: httpx.Request) -> httpx.Response:
        time = asyncio.get_running_loop().time
        began_s = time()
        status = NO_ANSWER
        try:
            async with self._slots:
                answer = await self._http.send(request)
            answer.stream = httpx.ByteStream(b"")  # it has been read; it and its stream hold each other
            status = str(answer.status_code)
        except httpx.TimeoutException as exc:
            raise KallglotUnavailableError("timeout", f"{operation}: {type(exc).__name__}") from exc
        except httpx.RequestError as exc:
            raise KallglotUnavailableError("unreachable", f"{operation}: {type(exc).__name__}: {exc}") from exc
        except AttributeError as exc:
            # A connection that is reset as it opens has no socket any more for uvloop; below httpx, anyio wants it.
            raise KallglotUnavailableError("unreachable", f"{operation}: the connection was reset: {exc}") from exc
        finally:
            self._observe(operation, status, time() - began_s)
        if not answer.is_success:
            raise refusal(answer.status_code, answer.headers, answer.content)
        return answer


def _posted(idempotency_key: str) -> dict[str, str]:
    """Headers: "All requests must include the `Content-Type: application/json` header for POST/PUT/PATCH requests"."""
    return {"Idempotency-Key": idempotency_key, "Content-Type": "application/json"}


class _Origin(TypedDict):
    status: int
    request_id: str | None


def _origin(answer: httpx.Response) -> _Origin:
    return {"status": answer.status_code, "request_id": answer.headers.get("x-request-id")}
