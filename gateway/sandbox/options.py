"""How a sandbox is set up."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import ConfigError
from gateway.sandbox.counterparts.roster import ROSTER
from gateway.sandbox.counterparts.screenplay import Screenplay
from gateway.sandbox.faults import Fault
from gateway.sandbox.organization import Organization
from gateway.sandbox.playout import Delivery
from gateway.sandbox.speech.outfit import Outfit

MAX_PIECE_MS = 1000
"""A piece is one message: 8,000 bytes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take; the documents' own figures, which a test may compress."""

    idle_end_s: float = 1800.0
    """"Sessions inactive for 30+ minutes are ended automatically" (end page)."""
    reconnect_window_s: float = 300.0
    """"You can reconnect new audio to the same session within 5 minutes" ("Sessions vs Calls")."""
    finishing_s: float = 0.5
    """What recordings and analyses take at least; the documents speak of a few seconds."""
    ringing_s: float = 0.2
    """From a dial to its answer."""
    webhook_scale: float = 1.0
    """What the delays between a webhook's attempts are multiplied with."""


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """What a sandbox is told once, at its start."""

    host: str = "127.0.0.1"
    port: int = 8400
    """0 takes any free one."""
    counterpart: str = "parrot"
    """Who answers: `parrot`, `echo`, `tone`, `script`, `mute` or `speech`."""
    screenplay: Screenplay | None = None
    """What `script` follows."""
    speech: Outfit | None = None
    """What `speech` works with, as `find_outfit` finds it."""
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
    organization: Organization = field(default_factory=Organization)
    """Keys, numbers, connections and webhooks that are set up."""
    faults: tuple[Fault, ...] = ()
    """What is to go wrong."""
    state: Path | None = None
    """The SQLite file that keeps everything over a restart; None keeps it in memory."""
    timing: Timing = field(default_factory=Timing)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigError(problems)

    def _problems(self) -> list[str]:
        rules = {
            f"host must be a host name or address, not {self.host!r}": _can_be_host(self.host),
            f"port must be from 0 to 65535, not {self.port}": 0 <= self.port <= 65535,
            f"counterpart must be one of {', '.join(ROSTER)}, not '{self.counterpart}'": self.counterpart in ROSTER,
            f"delivery must be one of {', '.join(Delivery)}, not '{self.delivery}'": self.delivery in list(Delivery),
            f"piece_ms must be from 1 to {MAX_PIECE_MS}, not {self.piece_ms}": 1 <= self.piece_ms <= MAX_PIECE_MS,
            f"public_url must be http(s)://host, not '{self.public_url}'": self.public_url is None
            or re.fullmatch(r"https?://[^/?#]+/?", self.public_url) is not None,
            "counterpart script needs a script file": self.counterpart != "script" or self.screenplay is not None,
            "counterpart speech needs an outfit": self.counterpart != "speech" or self.speech is not None,
            f"credits must not be negative, as {self.credits} is": self.credits >= 0,
            f"webhook_scale must be a number from 0, not {self.timing.webhook_scale:g}": 0
            <= self.timing.webhook_scale
            < math.inf,
        }
        return [problem for problem, holds in rules.items() if not holds]


def _can_be_host(text: str) -> bool:
    """As a socket looks it up; "" would be every address that the machine has."""
    try:
        return bool(text.encode("idna"))
    except UnicodeError:
        return False
