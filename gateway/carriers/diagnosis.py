"""What was found out about a signature. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 2
_FEWEST_HIDDEN = 6


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that may have been signed, and whose key fits then."""

    signed: str
    """The URL, or what was done to the body."""
    note: str
    """How it differs from what the gateway checks; "" where it does not."""
    key: int | None
    """Which of the keys fits, counted from 0; None for none of them."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer to why a signature is refused."""

    is_right: bool
    verdict: str
    """One sentence: which header or setting is wrong, or that none is."""
    expected: str
    """What the gateway checks the signature against; "" where it checks none."""
    keys: tuple[str, ...] = ()
    """The configured ones, masked."""
    attempts: tuple[Attempt, ...] = ()


def masked(secret: str) -> str:
    """A secret as far as its owner needs it to recognise it: `12…45`."""
    if len(secret) < 2 * _SHOWN + _FEWEST_HIDDEN:
        return "…"
    return f"{secret[:_SHOWN]}…{secret[-_SHOWN:]}"


def enumerated(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
