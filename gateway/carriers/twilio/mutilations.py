"""What may have been done to a signed form on its way, as far as it can be undone by guessing. Sans-I/O.

Twilio signs blank parameters too; frameworks drop them, proxies turn `+` into a space, redirects a POST into a GET.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import parse_qsl

from gateway.carriers.captured import Captured
from gateway.carriers.diagnosis import enumerated

Pairs = Sequence[tuple[str, str]]

_TWINS = {"To": "Called", "From": "Caller"}
"""Twilio sends what it knows of a place under two names, blank or not alike."""
_PLACES = tuple(leg + part for part in ("City", "State", "Zip", "Country") for leg in _TWINS)
_OTHERS = ("CallerName", "Digits", "FinishedOnKey", "ForwardedFrom", "SpeechResult", "StirVerstat")
"""What else is blank at times, one of them at once."""


@dataclass(frozen=True, slots=True)
class FormVariant:
    """Parameters that may have been signed, and with which URL."""

    url: str
    pairs: Pairs
    verdict: str


def form_variants(captured: Captured, url: str, pairs: Pairs) -> Iterator[FormVariant]:
    """Every guess, the likely ones first; `url` and `pairs` are what the gateway checks."""
    for found, verdict in (*_without_blanks(pairs), *_unspaced(pairs)):
        yield FormVariant(url, found, verdict)
    query = captured.path.partition("?")[2]
    if captured.method == "GET" and query:
        said = "Twilio signed a POST that arrived as a GET: a redirect or a proxy has changed the method"
        yield FormVariant(url.partition("?")[0], parse_qsl(query, keep_blank_values=True), said)
    if captured.method == "POST":
        for blank in _dropped({name for name, _ in pairs}):
            said = f"a proxy dropped the blank parameter{'s' * (len(blank) > 1)} {enumerated(blank)}"
            yield FormVariant(url, [*pairs, *((name, "") for name in blank)], said)


def _without_blanks(pairs: Pairs) -> Iterator[tuple[Pairs, str]]:
    if blank := [name for name, value in pairs if not value]:
        said = f"whoever signed it left out the blank parameter{'s' * (len(blank) > 1)} {enumerated(blank)}"
        yield [pair for pair in pairs if pair[1]], f"{said}, which Twilio never does"


def _unspaced(pairs: Pairs) -> Iterator[tuple[Pairs, str]]:
    if spaced := [name for name, value in pairs if value[:1] == " " and value[1:2].isdecimal()]:
        said = f"the + of {enumerated(spaced)} reads as a space: a proxy, or whoever wrote the request down, "
        mended = [(name, f"+{value[1:]}" if name in spaced else value) for name, value in pairs]
        yield mended, f"{said}must keep it as %2B"


def _dropped(there: set[str]) -> Iterator[list[str]]:
    """Sets of parameters that may have been there, blank."""
    groups = []
    for name in _PLACES:
        leg = next(leg for leg in _TWINS if name.startswith(leg))
        if group := [each for each in (name, name.replace(leg, _TWINS[leg], 1)) if each not in there]:
            groups.append(group)
    for others in ([], *([name] for name in _OTHERS if name not in there)):
        for count in range(len(groups) + 1):
            for chosen in combinations(groups, count):
                if added := [name for group in (*chosen, others) for name in group]:
                    yield added
