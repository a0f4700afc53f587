"""When a worker that died is started again. Sans-I/O."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How eagerly."""

    first_ms: int = 100
    """Wait after a death that nobody expected: its callers are coming back."""
    ceiling_ms: int = 10_000
    """The longest wait: what kills a worker again and again is seldom mended by trying more often."""
    steady_ms: int = 60_000
    """A worker that has run for so long was well: its death is a first one again."""


class Restarts:
    """One worker's."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._started_ms = 0
        self._wait_ms = policy.first_ms

    def started(self, now_ms: int) -> None:
        """It runs."""
        self._started_ms = now_ms

    def died(self, now_ms: int) -> int:
        """Milliseconds to wait before it is started again; twice as many each time that it did not last."""
        if now_ms - self._started_ms >= self._policy.steady_ms:
            self._wait_ms = self._policy.first_ms
        wait_ms = self._wait_ms
        self._wait_ms = min(2 * wait_ms, self._policy.ceiling_ms)
        return wait_ms
