"""The faults that a simulated carrier can have, by name, and what can be set about each. Sans-I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.calls import Carrier
from gateway.errors import ConfigError


class FaultName(StrEnum):
    """What can be wrong with a carrier."""

    BURST = "burst"
    """Frames are held back and come together, again and again."""
    JITTER = "jitter"
    """Each frame is late by chance; none overtakes another."""
    REORDER = "reorder"
    """So many frames leave together in another order; "the order of the events is not guaranteed" (Telnyx)."""
    DUPLICATE = "duplicate"
    """A share of the frames comes twice."""
    LOSS = "loss"
    """A share of the frames never comes."""
    GAPS = "gaps"
    """No frames come while the caller is silent."""
    STALL = "stall"
    """Nothing comes for a while, then everything at once."""
    SIZES = "sizes"
    """Messages hold any number of bytes instead of 20 ms."""
    HALF_OPEN = "half_open"
    """The connection dies without a word; after a while the carrier notices and goes on with its document."""
    LATE_MARKS = "late_marks"
    """Marks are echoed late by chance."""
    TRUNCATE = "truncate"
    """A share of the media messages breaks off."""
    MALFORMED = "malformed"
    """A share of the media messages is something else instead."""
    SLOW_READ = "slow_read"
    """The carrier takes its time to read each message."""
    LATE_CALLBACKS = "late_callbacks"
    """Status and stream callbacks come late by chance, and so out of order."""


@dataclass(frozen=True, slots=True)
class _Limits:
    default: float
    least: float
    most: float


_DAY_MS = 86_400_000
_MS = _Limits(0, 0, _DAY_MS)
_SHARE = _Limits(0.05, 0, 1)
_PARAMETERS: Mapping[FaultName, Mapping[str, _Limits]] = {
    FaultName.BURST: {"every": _Limits(1000, 20, _DAY_MS), "hold": _Limits(200, 1, _DAY_MS)},
    FaultName.JITTER: {"ms": _Limits(60, 1, _DAY_MS)},
    FaultName.REORDER: {"window": _Limits(4, 2, 1000)},
    FaultName.DUPLICATE: {"share": _SHARE},
    FaultName.LOSS: {"share": _SHARE},
    FaultName.GAPS: {"after": _Limits(200, 0, _DAY_MS)},
    FaultName.STALL: {"at": _Limits(2000, 0, _DAY_MS), "ms": _Limits(1000, 1, _DAY_MS), "every": _MS},
    FaultName.SIZES: {"least": _Limits(20, 2, 64_000), "most": _Limits(640, 2, 64_000)},
    FaultName.HALF_OPEN: {"at": _Limits(2000, 0, _DAY_MS), "ms": _Limits(2000, 1, _DAY_MS)},
    FaultName.LATE_MARKS: {"ms": _Limits(500, 1, _DAY_MS)},
    FaultName.TRUNCATE: {"share": _SHARE},
    FaultName.MALFORMED: {"share": _SHARE},
    FaultName.SLOW_READ: {"ms": _Limits(50, 1, _DAY_MS)},
    FaultName.LATE_CALLBACKS: {"ms": _Limits(1000, 1, _DAY_MS)},
}
"""Milliseconds, except: `share` is 0–1, `window` counts messages, `least` and `most` count bytes."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault with all that can be set about it."""

    name: FaultName
    values: Mapping[str, float]

    def ms(self, key: str) -> int:
        """A value in whole milliseconds, messages or bytes."""
        return int(self.values[key])


def parse_fault(spec: str) -> Fault:
    """Read `NAME` or `NAME:key=value,key=value`; what is not given has its default.

    Raises:
        ConfigError: there is no such fault or key, or the value is none for it.
    """
    name, _, given = spec.partition(":")
    if name not in set(FaultName):
        raise ConfigError([f"fault must be one of {', '.join(FaultName)}, not {name!r}"])
    fault = FaultName(name)
    limits = _PARAMETERS[fault]
    values = {key: limit.default for key, limit in limits.items()}
    problems = []
    for item in filter(None, given.split(",")):
        key, _, text = item.partition("=")
        if key not in limits:
            problems.append(f"fault {name} has {', '.join(limits)}, not {key!r}")
            continue
        value = _number(text)
        if value is None or not limits[key].least <= value <= limits[key].most:
            between = f"from {limits[key].least:.10g} to {limits[key].most:.10g}"
            problems.append(f"fault {name}: {key} must be a number {between}, not {text!r}")
            continue
        values[key] = value
    if fault is FaultName.SIZES and values["least"] > values["most"]:
        problems.append(f"fault sizes: least must not be more than most, as {values['least']:g} is")
    if problems:
        raise ConfigError(problems)
    return Fault(fault, values)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def unsuitable(faults: Sequence[Fault], carrier: str) -> list[str]:
    """Why these cannot be a carrier's faults: each once, and none that it promises not to have."""
    names = [fault.name for fault in faults]
    problems = [
        f"fault {name} is given {names.count(name)} times" for name in sorted({*names}) if names.count(name) > 1
    ]
    if carrier == Carrier.TWILIO and FaultName.REORDER in names:
        problems.append("fault reorder is not twilio's, which keeps its order")
    return problems


def fault_help() -> str:
    """Every fault and its defaults, for a command line."""
    return ", ".join(
        f"{name}:" + ",".join(f"{key}={limit.default:g}" for key, limit in _PARAMETERS[name].items())
        for name in FaultName
    )
