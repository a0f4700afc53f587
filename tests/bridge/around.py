"""What surrounds a call that is tested by itself."""

from prometheus_client import CollectorRegistry

from gateway.bridge.monitor import CallMonitor
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier
from gateway.clock import Clock
from gateway.telemetry.blackbox import BlackBox
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.metrics import Metrics


def surroundings(clock: Clock, policy: BridgePolicy | None = None) -> Surroundings:
    """With metrics of its own."""
    metrics = Metrics(CollectorRegistry(), lambda: ())
    return Surroundings(clock, Wheel(clock), metrics, policy or BridgePolicy())


def monitor(clock: Clock, counts: CallCounts, box: BlackBox | None = None) -> CallMonitor:
    """Follows a call, and writes down in the box what happens to it."""
    box = box or BlackBox(clock.unix_ms())
    return CallMonitor(counts, box, surroundings(clock), Carrier.TWILIO, "ai_agent")
