"""A stream for logs that notices what must never be in them."""

import re
import sys
from typing import TextIO

_SECRETS = {
    "a key of Kallglot's": re.compile(r"\bsk_(live|test)_\w"),
    "a stream token": re.compile(r"\bkst_(live|test)_\w"),
    "a webhook secret": re.compile(r"\bwhsec_\w"),
    "what a test calls a secret": re.compile(r"swordfish|mellon", re.IGNORECASE),
    "a ticket": re.compile(r"/media/(twilio|telnyx)/[A-Za-z0-9_-]{16,}"),
    "a bearer header": re.compile(r"Bearer (?!\*)\S", re.IGNORECASE),
    "a whole phone number": re.compile(r"\+[1-9]\d{8,}"),
    "audio": re.compile(r"[A-Za-z0-9+/]{200,}"),
}
"""Written down apart from the redaction that is tested by it: what it misses is to be seen here."""


class WatchedLogs:
    """Hands lines on to standard error, and keeps what should not have been written. Stands in for a `TextIO`."""

    def __init__(self, to: TextIO | None = None) -> None:
        self.found: list[str] = []
        """What it was, and the line."""
        self._to = to

    def write(self, text: str) -> int:
        """Look at a line; it is shown all the same, so that a failing test can be read."""
        self.found += [f"{what}: {text.strip()}" for what, pattern in _SECRETS.items() if pattern.search(text)]
        # Looked up each time: pytest puts another in its place for every test.
        return (self._to or sys.stderr).write(text)

    def flush(self) -> None:
        """Whatever waits there."""
        (self._to or sys.stderr).flush()

    def isatty(self) -> bool:
        """Nobody watches but this."""
        return False
