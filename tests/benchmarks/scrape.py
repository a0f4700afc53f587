"""How long one scrape holds the event loop up, with so many calls live and every figure of theirs in use.

uv run python -m tests.benchmarks.scrape [--calls 1000] [--rounds 20] [--at-most MS]
"""

import statistics
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, generate_latest

from gateway.bridge.chunks import Chunk
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import Carrier, Direction
from gateway.clock import SystemClock
from gateway.telemetry.blackbox import BlackBox
from gateway.telemetry.counts import CallCounts, DropReason, StreamMessage
from gateway.telemetry.metrics import Metrics

_CARRIERS = tuple(Carrier)


def measure(calls: int, rounds: int) -> list[float]:
    """Milliseconds that each scrape took in one piece."""
    live: list[tuple[Carrier, CallCounts]] = []
    registry = CollectorRegistry()
    metrics = Metrics(registry, lambda: live)
    clock = SystemClock()
    around = Surroundings(clock, Wheel(clock), metrics, BridgePolicy())
    live += [_call(_CARRIERS[number % 2], around) for number in range(calls)]
    times = []
    for _ in range(rounds):
        began_ns = time.perf_counter_ns()
        generate_latest(registry)
        times.append((time.perf_counter_ns() - began_ns) / 1e6)
    return times


def _call(carrier: Carrier, around: Surroundings) -> tuple[Carrier, CallCounts]:
    """One that has seen something of everything that is counted."""
    counts = CallCounts(frames_in=9_000, bytes_in=1_440_000, frames_out=700, bytes_out=560_000, gap_frames=7, digits=2)
    counts.other_messages.update(dict.fromkeys(StreamMessage, 50))
    counts.dropped.update({(direction, reason): 3 for direction in Direction for reason in DropReason})
    counts.carrier_faults["31953"] = 1
    now_ms = around.clock.now_ms()
    monitor = CallMonitor(counts, BlackBox(around.clock.unix_ms()), around, carrier, "ai_agent")
    monitor.heard([Chunk(now_ms, b"\xff" * 800)], now_ms)
    monitor.second(now_ms, 100, is_ready=True)
    monitor.close(now_ms)
    return carrier, counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; 1 where the median is above what was allowed."""
    options = _options(arguments)
    times = measure(options.calls, options.rounds)
    median = statistics.median(times)
    sys.stdout.write(f"{options.calls} calls: median {median:.1f} ms, worst {max(times):.1f} ms in one piece\n")
    return 1 if median > options.at_most else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.scrape", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=1_000, help="that are live (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="scrapes (default: %(default)s)")
    parser.add_argument(
        "--at-most", type=float, default=50, metavar="MS", help="exit with 1 above (default: %(default)s)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
