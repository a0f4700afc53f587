"""How many requests a minute the organization may send. Sans-I/O.

Document: "Rate limits": `X-RateLimit-Limit`, `-Remaining` and `-Reset` (Unix seconds, the end of the window), and 429
`rate_limit_exceeded` with `Retry-After`.
"""

from dataclasses import dataclass

from gateway.sandbox.refusals import ErrorType, Refused

WINDOW_MS = 60_000
"""The documents count requests per minute."""


@dataclass(frozen=True, slots=True)
class Window:
    """How much of the present minute is left."""

    limit: int
    remaining: int
    reset_s: int
    """Unix seconds when the next one begins."""

    @property
    def headers(self) -> dict[str, str]:
        """What every authenticated answer says about it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_s),
        }


class RateLimiter:
    """Counts the requests of each whole minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._window = 0
        self._used = 0

    def count(self, unix_ms: int) -> Window:
        """Take a request into account; it may be one too many."""
        window = unix_ms // WINDOW_MS
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return Window(self._limit, max(0, self._limit - self._used), (window + 1) * WINDOW_MS // 1000)

    def require(self, unix_ms: int) -> None:
        """Make sure that the request just counted was not one too many.

        Raises:
            Refused: 429, saying when to come back.
        """
        if self._used > self._limit:
            wait_s = -(-((self._window + 1) * WINDOW_MS - unix_ms) // 1000)
            message = f"More than {self._limit} requests in a minute."
            raise Refused(429, "rate_limit_exceeded", message, kind=ErrorType.RATE_LIMIT, retry_after_s=wait_s)
