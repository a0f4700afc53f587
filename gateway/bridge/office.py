"""What everybody who looks after calls needs: the ledger, Kallglot, the rules, the time."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from gateway.bridge.lifecycle import Lifecycle
from gateway.clock import Clock
from gateway.kallglot.api import KallglotApi
from gateway.store.ledger import Ledger
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Office:
    """One replica's."""

    replica: str
    """Its name in the ledger, new with every start."""
    ledger: Ledger
    api: KallglotApi
    lifecycle: Lifecycle
    clock: Clock
    metrics: Metrics
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
