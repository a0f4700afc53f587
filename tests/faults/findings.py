"""What a load with a fault came to. Sans-I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.calls import Carrier
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count
from tests.faults.patterns import Counterpart, Pattern
from tests.faults.signs import Scrape, Sign

_AUDIO_PASSED = tuple(
    Sign("gateway_relay_latency_seconds_count", {"direction": direction}, by_carrier=False)
    for direction in ("in", "out")
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A load that was carried, and the gateway's metrics before and after it."""

    result: Result
    before: Scrape
    after: Scrape

    def growth(self, sign: Sign) -> float:
        """Of a metric meanwhile."""
        return sign.read(self.after) - sign.read(self.before)


@dataclass(frozen=True, slots=True)
class Seen:
    """A metric in the load with the fault, and in the clean one."""

    metric: str
    grown: float
    clean: float
    is_shown: bool


@dataclass(slots=True)
class Findings:
    """Of one load with a fault."""

    fault: str
    carriers: Sequence[Carrier]
    calls: int
    lost: int
    heard: int
    """Calls that heard something."""
    resumed: int
    seen: Sequence[Seen]
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    """Why a problem may be the machine's."""


def find(pattern: Pattern, carriers: Sequence[Carrier], load: Carried, clean: Carried) -> Findings:
    """Judge a load by the clean one of the same length."""
    result = load.result
    signs = [pattern.sign.of(carrier) for carrier in carriers] if pattern.sign.by_carrier else [pattern.sign]
    seen = [_see(sign, load, clean) for sign in signs]
    lost = result.count(Count.STARTED) - result.count(Count.COMPLETED)
    heard, resumed = result.count(Count.HEARD), result.count(Count.RESUMED)
    found = Findings(pattern.name, carriers, result.count(Count.STARTED), lost, heard, resumed, seen)
    found.problems += _losses(pattern, load)
    found.problems += [
        f"{each.metric} grew by {each.grown:g}, and by {each.clean:g} without the fault"
        for each in seen
        if not each.is_shown
    ]
    found.doubts += result.doubts() + clean.result.doubts()
    return found


def _see(sign: Sign, load: Carried, clean: Carried) -> Seen:
    grown, without = load.growth(sign), clean.growth(sign)
    return Seen(str(sign), grown, without, sign.is_shown(grown=grown, clean=without))


def _losses(pattern: Pattern, load: Carried) -> Iterator[str]:
    """What callers would notice: calls that ended, or in which one side was not heard."""
    result = load.result
    started = result.count(Count.STARTED)
    if result.count(Count.COMPLETED) != started or not started:
        reasons = ", ".join(f"{count} × {reason}" for reason, count in result.reasons.items())
        yield f"{result.count(Count.COMPLETED)} of {started} calls lasted until their caller hung up: {reasons}"
    if result.count(Count.HEARD) != started:
        yield f"{started - result.count(Count.HEARD)} callers heard nothing"
    if not all(load.growth(sign) for sign in _AUDIO_PASSED):
        yield "audio passed in one direction only"
    probes = result.count(Count.PROBES_FOUND)
    if pattern.counterpart is Counterpart.ECHO and probes < started:
        yield f"{started} callers heard themselves {probes} times"
