"""How a sandbox is set up."""

import re
from dataclasses import dataclass

from gateway.errors import ConfigError
from gateway.sandbox.counterparts.roster import ROSTER
from gateway.sandbox.playout import Delivery

MAX_PIECE_MS = 1000
"""A piece is one message: 8,000 bytes."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What a sandbox is told once, at its start."""

    host: str = "127.0.0.1"
    port: int = 8400
    """0 takes any free one."""
    counterpart: str = "parrot"
    """Who answers: `parrot`, `echo` or `mute`."""
    delivery: str = "realtime"
    """How the counterpart's turns leave: `realtime` or `burst`."""
    piece_ms: int = 100
    """Audio in one `audio.output` of a turn."""
    api_keys: frozenset[str] = frozenset()
    """The keys that are accepted; none means any `sk_test_…` or `sk_live_…`."""
    keep_audio: bool = True
    """Keep every byte received and sent for inspection; for load, only count."""
    public_url: str | None = None
    """`http(s)://host` that stream URLs are made from; None takes each request's `Host`."""
    credits: int = 1_000_000
    """API credits; each successful create takes one."""

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigError(problems)

    def _problems(self) -> list[str]:
        rules = {
            f"port must be from 0 to 65535, not {self.port}": 0 <= self.port <= 65535,
            f"counterpart must be one of {', '.join(ROSTER)}, not '{self.counterpart}'": self.counterpart in ROSTER,
            f"delivery must be one of {', '.join(Delivery)}, not '{self.delivery}'": self.delivery in list(Delivery),
            f"piece_ms must be from 1 to {MAX_PIECE_MS}, not {self.piece_ms}": 1 <= self.piece_ms <= MAX_PIECE_MS,
            f"public_url must be http(s)://host, not '{self.public_url}'": self.public_url is None
            or re.fullmatch(r"https?://[^/?#]+/?", self.public_url) is not None,
            f"credits must not be negative, as {self.credits} is": self.credits >= 0,
        }
        return [problem for problem, holds in rules.items() if not holds]
