"""How often, on what and how long a carrier tries a webhook: Twilio's connection overrides. Sans-I/O.

Reference: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl


class Failure(StrEnum):
    """Why an attempt brought no document, as the fragment's `rp` names it."""

    CONNECT = "ct"
    """No TCP connection, or no TLS on it."""
    READ = "rt"
    """No answer in time, or one that breaks off."""
    CLIENT = "4xx"
    SERVER = "5xx"


@dataclass(frozen=True, slots=True)
class Patience:
    """Of one webhook."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    """"Hard 15 s cap on every call-related request", retries and all."""
    retries: int = 1
    retried: frozenset[Failure] = frozenset({Failure.CONNECT})
    """By default a request that the server may have processed is not repeated."""


ONCE = Patience(retries=0, retried=frozenset())
"""Telnyx documents no retries of what it fetches for TeXML, and no time limit."""
_RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}


def patience(url: str) -> Patience:
    """What the fragment of a webhook's URL asks for, `#rc=2&rp=ct,5xx&rt=4000`; what it does not say is as usual."""
    given = dict(parse_qsl(url.partition("#")[2]))
    usual = Patience()
    return Patience(
        connect_ms=_within(given, "ct", usual.connect_ms),
        read_ms=_within(given, "rt", usual.read_ms),
        total_ms=_within(given, "tt", usual.total_ms),
        retries=_within(given, "rc", usual.retries),
        retried=_causes(given["rp"]) if "rp" in given else usual.retried,
    )


def _within(given: dict[str, str], name: str, usual: int) -> int:
    text = given.get(name, "")
    least, most = _RANGES[name]
    return int(text) if text.isdecimal() and least <= int(text) <= most else usual


def _causes(text: str) -> frozenset[Failure]:
    words = set(text.split(","))
    return frozenset(Failure) if "all" in words else frozenset(cause for cause in Failure if cause in words)
