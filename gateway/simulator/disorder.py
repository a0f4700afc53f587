"""What happens to media messages on their way to the socket: seeded, so that it happens again. Sans-I/O."""

import random
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Faults:
    """How media messages are mistreated."""

    shuffle_window: int = 1
    """So many messages are held and leave together in another order; 1 leaves them alone.
    "The order of the events is not guaranteed" (Telnyx); Twilio keeps its order."""
    drop_ratio: float = 0.0
    """The share of messages that never arrives, 0–1."""
    duplicate_ratio: float = 0.0
    """The share of messages that arrives twice, 0–1."""
    seed: int = 0

    def __post_init__(self) -> None:
        problems = []
        if self.shuffle_window < 1:
            problems.append(f"shuffle_window must be at least 1, not {self.shuffle_window}")
        for name, ratio in (("drop_ratio", self.drop_ratio), ("duplicate_ratio", self.duplicate_ratio)):
            if not 0 <= ratio <= 1:
                problems.append(f"{name} must be between 0 and 1, not {ratio}")
        if problems:
            raise ConfigError(problems)


class Disorder(Generic[T]):
    """Drops, doubles and shuffles what passes through."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable is the point, secrecy is not
        self._held: list[T] = []

    def passes(self, message: T) -> list[T]:
        """What leaves now that `message` has come."""
        if self._random.random() >= self._faults.drop_ratio:
            twice = self._random.random() < self._faults.duplicate_ratio
            self._held += [message, message] if twice else [message]
        return self.flush() if len(self._held) >= self._faults.shuffle_window else []

    def flush(self) -> list[T]:
        """What is still held."""
        held, self._held = self._held, []
        if self._faults.shuffle_window > 1:
            self._random.shuffle(held)
        return held
