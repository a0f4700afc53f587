"""Refusals and delays that a test orders beforehand. Sans-I/O."""

from collections import deque
from typing import Any

import msgspec
from msgspec import Struct

from gateway.sandbox.idempotency import Answer
from gateway.sandbox.plans import read_as, read_object
from gateway.sandbox.refusals import ErrorType, Refused, invalid

_USUAL = {
    401: ("invalid_api_key", ErrorType.AUTHENTICATION),
    402: ("insufficient_api_credits", ErrorType.PERMISSION),
    403: ("organization_inactive", ErrorType.PERMISSION),
    409: ("idempotency_conflict", ErrorType.INVALID_REQUEST),
    422: ("invalid_request", ErrorType.VALIDATION),
    429: ("rate_limit_exceeded", ErrorType.RATE_LIMIT),
    503: ("service_unavailable", ErrorType.API),
}
"""The `code` and `type` of a status: the documents' where they name them."""


class Fault(Struct, forbid_unknown_fields=True):
    """What the next creates meet instead of success, or before it."""

    times: int = 1
    """How many creates."""
    delay_s: float = 0.0
    """Wait this long first; alone, the create then succeeds."""
    hang_s: float = 0.0
    """Say nothing for this long and then answer 503, unless `status` says otherwise."""
    status: int | None = None
    code: str | None = None
    """The error's `code`; the usual one for the status where left out."""
    message: str = "The sandbox was told to refuse this."
    retry_after_s: float | None = None
    """Sent as `Retry-After` and `retry_after`."""
    body: Any = msgspec.UNSET
    """Answer this JSON, whatever it is; with `status`, or 200."""
    html: str | None = None
    """Answer this as `text/html`; with `status`, or 502."""

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
        status = self.status or 503
        other = ("internal_error", ErrorType.API) if status >= 500 else ("invalid_request", ErrorType.INVALID_REQUEST)
        code, kind = _USUAL.get(status, other)
        raise Refused(status, self.code or code, self.message, kind=kind, retry_after_s=self.retry_after_s)


def parse_fault(body: bytes) -> Fault:
    """Read the body of `POST /sandbox/faults`.

    Raises:
        Refused: it is not one.
    """
    fault = read_as(Fault, read_object(body))
    if fault.times < 1:
        raise invalid("times", f"'times' must be at least 1, not {fault.times}.")
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise invalid("status", f"'status' must be from 200 to 599, not {fault.status}.")
    if fault.delay_s < 0 or fault.hang_s < 0:
        raise invalid("delay_s", "'delay_s' and 'hang_s' must not be negative.")
    if fault.status is not None and fault.status < 300 and fault.body is msgspec.UNSET and fault.html is None:
        raise invalid("status", f"A fault of status {fault.status} needs a 'body' or 'html'.")
    return fault


class FaultQueue:
    """The faults that wait for a create, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._left = 0
        """How often the first one is still to be met."""

    @property
    def pending(self) -> int:
        """How many creates will meet a fault."""
        return self._left + sum(fault.times for fault in list(self._waiting)[1:])

    def add(self, fault: Fault) -> None:
        """Queue one behind those that wait."""
        if not self._waiting:
            self._left = fault.times
        self._waiting.append(fault)

    def take(self) -> Fault | None:
        """What the create at hand meets."""
        if not self._waiting:
            return None
        fault = self._waiting[0]
        self._left -= 1
        if self._left == 0:
            self._waiting.popleft()
            self._left = self._waiting[0].times if self._waiting else 0
        return fault

    def clear(self) -> None:
        """Forget them all."""
        self._waiting.clear()
        self._left = 0
