"""What is ordered to go wrong: refusals, delays, streams that are cut, credits that run out. Sans-I/O but for its file.

A fault waits for what it is ordered `on`: an operation of the OpenAPI document (`create_session`, `end_session`, …),
`any` of them, `connect` (the stream's upgrade), `stream` (a stream that was opened), or `recording`
and `analysis` (what is made after the end: it fails with the fault's message). A file holds any number:

```toml
[[fault]]
on = "create_session"
status = 503
times = 2

[[fault]]
on = "stream"
effect = "starve"        # or "cut", "burst"
after_s = 3
for_s = 2

[[fault]]
on = "connect"
code = "expired_token"
```
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from gateway.errors import ConfigError
from gateway.sandbox.bodies import check_choice, read_as, read_object
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.refusals import ErrorType, Refused, invalid

ANY = "any"
CONNECT = "connect"
STREAM = "stream"
RECORDING = "recording"
ANALYSIS = "analysis"

OPERATIONS = (
    *("create_session", "retrieve_session", "end_session", "retrieve_transcript", "dial", "hangup"),
    *("list_recordings", "retrieve_recording", "download_recording", "create_analysis", "retrieve_analysis"),
    *("list_agents", "create_agent", "retrieve_agent", "update_agent", "delete_agent"),
)
"""The endpoints, by their ids in the OpenAPI document."""

_USUAL = {
    400: ("invalid_request", ErrorType.INVALID_REQUEST),
    401: ("invalid_api_key", ErrorType.AUTHENTICATION),
    402: ("insufficient_api_credits", ErrorType.PERMISSION),
    403: ("organization_inactive", ErrorType.PERMISSION),
    404: ("not_found", ErrorType.NOT_FOUND),
    409: ("idempotency_conflict", ErrorType.INVALID_REQUEST),
    422: ("invalid_request", ErrorType.VALIDATION),
    429: ("rate_limit_exceeded", ErrorType.RATE_LIMIT),
    502: ("sip_dial_failed", ErrorType.API),
    503: ("service_unavailable", ErrorType.API),
}
"""The `code` and `type` of a status: the documents' where they name them."""


class Effect(StrEnum):
    """What becomes of a stream."""

    CUT = "cut"
    """Its socket is dropped without a word."""
    BURST = "burst"
    """From then on the session's output comes as fast as it can."""
    STARVE = "starve"
    """The session's output stops for a while; what was held back then comes at once."""


Seconds = Annotated[float, Meta(ge=0)]


class Fault(Struct, forbid_unknown_fields=True):
    """What the next request or stream meets instead of success, or before it."""

    on: str = "create_session"
    """An operation, `any` of them, `connect`, `stream`, `recording` or `analysis`."""
    times: Annotated[int, Meta(ge=1)] = 1
    """How many of them."""
    delay_s: Seconds = 0.0
    """Wait this long first; alone, the request then succeeds."""
    hang_s: Seconds = 0.0
    """Say nothing for this long and then answer 503, unless `status` says otherwise."""
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    code: str | None = None
    """The error's `code`; the usual one for the status where left out."""
    message: str = "The sandbox was told to refuse this."
    retry_after_s: float | None = None
    """Sent as `Retry-After` and `retry_after`."""
    body: Any = msgspec.UNSET
    """Answer this JSON, whatever it is; with `status`, or 200."""
    html: str | None = None
    """Answer this as `text/html`; with `status`, or 502."""
    credits: Annotated[int, Meta(ge=0)] | None = None
    """From now on so many credits are left."""
    effect: Effect | None = None
    """What becomes of the stream, for a fault on one."""
    after_s: Seconds = 0.0
    """That long after the stream was opened."""
    for_s: Seconds = 0.0
    """How long a stream starves."""

    @property
    def wait_s(self) -> float:
        """How long to say nothing."""
        return self.delay_s + self.hang_s

    def answer(self) -> Answer | None:
        """What to answer instead, or None: only the delay was wanted.

        Raises:
            Refused: an error in the documented shape was wanted.
        """
        if self.html is not None:
            return Answer(self.status or 502, self.html.encode(), "text/html; charset=utf-8")
        if self.body is not msgspec.UNSET:
            return Answer(self.status or 200, msgspec.json.encode(self.body))
        if self.status is None and self.code is None and not self.hang_s:
            return None
        status = self.status or (403 if self.on == CONNECT else 503)
        other = ("internal_error", ErrorType.API) if status >= 500 else ("invalid_request", ErrorType.INVALID_REQUEST)
        code, kind = _USUAL.get(status, other)
        raise Refused(status, self.code or code, self.message, kind=kind, retry_after_s=self.retry_after_s)


def parse_fault(body: bytes) -> Fault:
    """Read the body of `POST /sandbox/faults`.

    Raises:
        Refused: it is not one.
    """
    fault = read_as(Fault, read_object(body))
    check_choice("on", fault.on, (*OPERATIONS, ANY, CONNECT, STREAM, RECORDING, ANALYSIS))
    if fault.status is not None and fault.status < 300 and fault.body is msgspec.UNSET and fault.html is None:
        raise invalid("status", f"A fault of status {fault.status} needs a 'body' or 'html'.")
    if (fault.on == STREAM) != (fault.effect is not None):
        raise invalid("effect", "A fault on 'stream' needs an 'effect', and no other has one.")
    return fault


class _File(Struct, forbid_unknown_fields=True):
    fault: list[dict[str, Any]] = []


def load_faults(path: Path) -> list[Fault]:
    """Read a file of faults.

    Raises:
        ConfigError: it cannot be read, or one of them is none; all that are wrong are named.
    """
    try:
        listed = msgspec.toml.decode(path.read_bytes(), type=_File).fault
    except OSError as exc:
        raise ConfigError([f"faults: cannot read {path}: {exc.strerror}"]) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigError([f"faults: {path}: {exc}"]) from exc
    faults, problems = [], []
    for number, fields in enumerate(listed, 1):
        try:
            faults.append(parse_fault(msgspec.json.encode(fields)))
        except Refused as refused:
            problems.append(f"faults: {path}: fault {number}: {refused.message}")
    if problems:
        raise ConfigError(problems)
    return faults


@dataclass(slots=True)
class _Ordered:
    fault: Fault
    left: int
    """How often it is still to be met."""


class FaultQueue:
    """The faults that wait, each kind of target meeting its own in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[_Ordered]] = {}

    @property
    def pending(self) -> int:
        """How many requests and streams will meet a fault."""
        return sum(ordered.left for queue in self._waiting.values() for ordered in queue)

    def add(self, fault: Fault) -> None:
        """Queue one behind those that wait for the same."""
        self._waiting.setdefault(fault.on, deque()).append(_Ordered(fault, fault.times))

    def take(self, on: str) -> Fault | None:
        """What the request or stream at hand meets."""
        queue = self._waiting.get(on)
        if queue is None:
            return None
        ordered = queue[0]
        ordered.left -= 1
        if ordered.left == 0:
            queue.popleft()
            if not queue:
                del self._waiting[on]
        return ordered.fault

    def take_operation(self, on: str) -> Fault | None:
        """What a request of that operation meets: its own fault, or else one on any."""
        return self.take(on) or self.take(ANY)

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()
