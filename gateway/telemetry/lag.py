"""How late the event loop comes round, and whether that is too late for one more call. Sans-I/O.

Audio goes out every 20 ms at best and carriers hold 400 ms of it (`media.lead_ms`): a loop that is 50 ms late now and
then is not heard, one that is regularly so is about to be.
"""

from collections import deque
from dataclasses import dataclass

PERIOD_MS = 100
"""Between two samples: fifty in the window, at next to no cost."""


@dataclass(frozen=True, slots=True)
class LagPolicy:
    """When a loop is too late."""

    limit_ms: int = 50
    """The p99 beyond which no call should be added; 0 for none."""
    window_ms: int = 5_000
    """How far back samples count, and how long it must have been quiet again."""


class LagMonitor:
    """Judges one event loop by the lateness of a timer on it.

    It needs half the limit for a whole window to be trusted again: on the verge it would otherwise flap. Before the
    first window is full it does not judge: a process that starts is busy with itself.
    """

    def __init__(self, policy: LagPolicy) -> None:
        self._policy = policy
        self._samples: deque[tuple[int, int]] = deque()
        self._since_ms: int | None = None
        self._calm_since_ms: int | None = None
        self._overloaded = False

    @property
    def is_overloaded(self) -> bool:
        """Calls that are up would suffer from one more."""
        return self._overloaded

    @property
    def p99_ms(self) -> int:
        """What one sample in a hundred exceeds; of the fifty in a window, one: a single hiccup is no overload."""
        late_ms = sorted(late_ms for _, late_ms in self._samples)
        return late_ms[99 * (len(late_ms) - 1) // 100] if late_ms else 0

    def sample(self, late_ms: int, now_ms: int) -> None:
        """The timer was so much late; each deadline that was missed is a sample of its own."""
        if self._since_ms is None:
            self._since_ms = now_ms
        self._samples.append((now_ms, late_ms))
        while self._samples[0][0] <= now_ms - self._policy.window_ms:
            self._samples.popleft()
        if self._policy.limit_ms and now_ms - self._since_ms >= self._policy.window_ms:
            self._judge(self.p99_ms, now_ms)

    def _judge(self, p99_ms: int, now_ms: int) -> None:
        if p99_ms > self._policy.limit_ms:
            self._overloaded = True
        if 2 * p99_ms >= self._policy.limit_ms:
            self._calm_since_ms = None
        elif self._calm_since_ms is None:
            self._calm_since_ms = now_ms
        elif now_ms - self._calm_since_ms >= self._policy.window_ms:
            self._overloaded = False
