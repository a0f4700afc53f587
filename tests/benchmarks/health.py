"""What it costs to follow how a call sounds: one second of audio both ways through a carrier leg, with and without.

    uv run python -W ignore -m tests.benchmarks.health [--seconds 200] [--rounds 5] [--at-most SHARE]

No socket and no Kallglot; the share is the difference against what a whole call costs, by the benchmark of the relay on
the same machine (`--call-us`).
"""

import base64
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from gateway.audio.formats import PCMU_8K
from gateway.bridge.carrier_leg import CarrierLeg
from gateway.bridge.chunks import Chunk
from gateway.bridge.events import Event
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.uplink import UplinkPolicy
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, Direction
from gateway.carriers.twilio.media import TwilioMedia
from gateway.telemetry.blackbox import BlackBox
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.metrics import Metrics
from tests.carriers.wire import read
from tests.fakes.clock import FakeClock
from tests.fakes.sockets import FakeSocket
from tests.telemetry.sounds import speech, ulaw

_CALL_US = 1_650
"""Of a core, each second: README.md's table."""
_FRAME = 160


class _Call:
    """A leg with a voice at either end."""

    def __init__(self, *, quality: bool) -> None:
        self.clock, self.socket = FakeClock(), FakeSocket()
        counts, metrics = CallCounts(), Metrics(CollectorRegistry(), lambda: ())
        around = Surroundings(self.clock, Wheel(self.clock), metrics, BridgePolicy(quality=quality))
        self.monitor = CallMonitor(counts, BlackBox(self.clock.unix_ms()), around, Carrier.TWILIO, "ai_agent")
        self.leg = CarrierLeg(self.socket, TwilioMedia(), self, counts, self.clock, self.monitor)
        self.leg.media_messages([read("twilio/start.json")])
        self.leg.start(PCMU_8K, UplinkPolicy(), PacingPolicy(), 1)
        self.voice = ulaw(speech())
        self.frames = 0

    def handle(self, event: Event) -> None:
        """Nothing happens to this call."""

    def failed(self, exc: Exception) -> None:
        raise exc

    def caller_audio(self, chunks: Sequence[Chunk]) -> None:
        self.monitor.heard(chunks, self.clock.now_ms())
        self.monitor.relayed(Direction.IN, self.leg.frame_at_us)

    def messages(self, seconds: int) -> list[bytes]:
        """The carrier's, which cost nothing while it is measured."""
        made = []
        for number in range(50 * seconds):
            at = number * _FRAME % (len(self.voice) - _FRAME)
            payload = base64.b64encode(self.voice[at : at + _FRAME]).decode()
            body = {"track": "inbound", "chunk": str(number + 1), "timestamp": str(number * 20), "payload": payload}
            made.append(json.dumps({"event": "media", "media": body}).encode())
        return made

    def carry(self, messages: Sequence[bytes]) -> None:
        for number, message in enumerate(messages):
            now_ms = self.clock.advance(20)
            self.leg.media_messages([message])
            if number % 5 == 0:
                at = number * _FRAME % (len(self.voice) - 5 * _FRAME)
                began_us = self.clock.now_us()
                self.leg.play(self.voice[at : at + 5 * _FRAME], PCMU_8K)
                self.monitor.relayed(Direction.OUT, began_us)
            if now_ms >= self.monitor.due_ms:
                self.monitor.second(now_ms, self.leg.queued_ms(), is_ready=True)
                self.socket.sent.clear()


def measure(seconds: int, rounds: int) -> tuple[float, float]:
    """Microseconds of CPU for a call and second, without and with; the best of the rounds, turn by turn."""
    best = {False: float("inf"), True: float("inf")}
    for _ in range(rounds):
        for quality in (False, True):
            call = _Call(quality=quality)
            messages = call.messages(seconds)
            began_ns = time.process_time_ns()
            call.carry(messages)
            best[quality] = min(best[quality], (time.process_time_ns() - began_ns) / 1e3 / seconds)
    return best[False], best[True]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 1 where the share is above what was allowed."""
    options = _options(arguments)
    without, followed = measure(options.seconds, options.rounds)
    share = (followed - without) / options.call_us
    sys.stdout.write(
        f"a call and second: {without:.0f} us without, {followed:.0f} us followed, "
        f"{share:.1%} of a call's {options.call_us} us\n"
    )
    return 1 if share > options.at_most else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.health", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=200, help="of audio a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="each way (default: %(default)s)")
    parser.add_argument("--call-us", type=int, default=_CALL_US, help="a whole call's CPU (default: %(default)s)")
    parser.add_argument("--at-most", type=float, default=0.05, metavar="SHARE", help="(default: %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
