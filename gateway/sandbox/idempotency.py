"""`Idempotency-Key`: one request, however often it is sent. Sans-I/O.

Document: "Idempotency". Keys belong to the organization and live about 24 hours; a replay answers the status and
body of the first *successful* response, so a refused request may be sent again; bodies are compared as JSON.
"""

import msgspec
from msgspec import Struct

from gateway.sandbox.refusals import Refused

TTL_MS = 24 * 3_600_000
"""Roughly 24 hours (API overview)."""

_canonical = msgspec.json.Encoder(order="sorted")


class Answer(Struct, frozen=True):
    """A response: what a replay repeats."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = {}


class Entry(Struct):
    """What is known of a key."""

    fingerprint: bytes
    since_ms: int
    answer: Answer | None = None
    """None while the first request is still running."""


def fingerprint(route: str, body: object) -> bytes:
    """What two requests have in common when one repeats the other: the route and the JSON, however it is spelt."""
    return route.encode() + b"\n" + _canonical.encode(body)


class IdempotencyLedger:
    """The keys in use. Every `begin` that answers None is followed by `finish` or `abandon`."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def begin(self, key: str, print_: bytes, now_ms: int) -> Answer | None:
        """The answer to repeat, or None: this is the first, carry on.

        Raises:
            Refused: 400 for another body under a used key, 409 while the first is still running.
        """
        self._forget(now_ms)
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = Entry(print_, now_ms)
            return None
        if entry.fingerprint != print_:
            message = "This Idempotency-Key was used with a different request."
            raise Refused(400, "idempotency_mismatch", message)
        if entry.answer is None:
            message = "The first request with this Idempotency-Key is still running."
            raise Refused(409, "idempotency_conflict", message, retry_after_s=1)
        return entry.answer

    def finish(self, key: str, answer: Answer) -> None:
        """The request is through; its repetitions get `answer` if it was a success and a new try if not."""
        entry = self._entries.get(key)
        if entry is not None and 200 <= answer.status < 300:
            entry.answer = answer
        else:
            self.abandon(key)

    def entry(self, key: str) -> Entry | None:
        """What is known of a key whose request is through."""
        entry = self._entries.get(key)
        return entry if entry is not None and entry.answer is not None else None

    def restore(self, key: str, entry: Entry) -> None:
        """Take in a key that another process knew."""
        self._entries[key] = entry

    def abandon(self, key: str) -> None:
        """The request came to nothing; the key is new again."""
        self._entries.pop(key, None)

    def _forget(self, now_ms: int) -> None:
        """Drop what is older than a day; entries are in order of age."""
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest].since_ms > now_ms - TTL_MS:
                return
            del self._entries[oldest]
