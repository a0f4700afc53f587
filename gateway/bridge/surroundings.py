"""What the calls of a replica share: clock, timer, metrics, and how calls are carried."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.session import SessionPolicy
from gateway.bridge.transcripts import Transcripts
from gateway.bridge.uplink import UplinkPolicy
from gateway.bridge.wheel import Wheel
from gateway.clock import Clock
from gateway.kallglot.backoff import BackoffPolicy
from gateway.kallglot.stream import StreamPolicy
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class BridgePolicy:
    """How calls are carried."""

    session: SessionPolicy = field(default_factory=SessionPolicy)
    uplink: UplinkPolicy = field(default_factory=UplinkPolicy)
    pacing: PacingPolicy = field(default_factory=PacingPolicy)
    stream: StreamPolicy = field(default_factory=StreamPolicy)
    backoff: BackoffPolicy = field(default_factory=BackoffPolicy)
    tolerated_errors: frozenset[str] = frozenset()
    """Codes of `session.error` after which a call goes on."""
    quality: bool = True
    """Whether it is followed how calls sound."""
    hold_clip: bytes = b""
    """Played to callers while Kallglot is away, μ-law 8 kHz; nothing stands for silence."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Handed to every call."""

    clock: Clock
    wheel: Wheel
    metrics: Metrics
    policy: BridgePolicy
    transcripts: Transcripts = field(default_factory=Transcripts)
    jitter: Callable[[], float] = random.random
    """Numbers from 0 to 1."""
