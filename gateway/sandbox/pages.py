"""Cursor pagination of the two lists there are: agents and a session's recordings. Sans-I/O.

Document: "API Reference", Pagination. Newest first; `starting_after` goes on to older ones, `ending_before` back to
newer ones. `next_cursor` is the `starting_after` of the next page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gateway.sandbox.refusals import invalid

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class Listed(Protocol):
    """What can stand in a list."""

    @property
    def id(self) -> str:
        """Its cursor."""
        ...


_L = TypeVar("_L", bound=Listed)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which page is asked for."""

    limit: int = DEFAULT_LIMIT
    starting_after: str | None = None
    ending_before: str | None = None


def parse_page(query: Mapping[str, str]) -> PageQuery:
    """Read the query of a list.

    Raises:
        Refused: 422, naming the parameter.
    """
    given = query.get("limit")
    if given is not None and not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MAX_LIMIT):
        raise invalid("limit", f"'limit' must be a whole number from 1 to {MAX_LIMIT}, not '{given}'.")
    after, before = query.get("starting_after"), query.get("ending_before")
    if after is not None and before is not None:
        raise invalid("ending_before", "Send either 'starting_after' or 'ending_before', not both.")
    return PageQuery(DEFAULT_LIMIT if given is None else int(given), after, before)


def page(items: Sequence[_L], query: PageQuery) -> tuple[list[_L], bool]:
    """The page of a list that is asked for, and whether there are more in the same direction.

    Raises:
        Refused: 422, the cursor is none of the list's.
    """
    if query.ending_before is not None:
        end = _place(items, "ending_before", query.ending_before)
        start = max(0, end - query.limit)
        return list(items[start:end]), start > 0
    start = 0 if query.starting_after is None else _place(items, "starting_after", query.starting_after) + 1
    return list(items[start : start + query.limit]), len(items) > start + query.limit


def _place(items: Sequence[_L], param: str, cursor: str) -> int:
    for place, item in enumerate(items):
        if item.id == cursor:
            return place
    raise invalid(param, f"'{param}' must be the id of an item of the list, not '{cursor}'.")
