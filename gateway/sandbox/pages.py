"""Cursor pagination of the two lists there are: agents and a session's recordings. Sans-I/O.

Document: "API Reference", Pagination. Newest first; `starting_after` goes on to older ones, `ending_before` back to
newer ones. `next_cursor` is what to go on with in the same direction: the `starting_after` of the next page, or the
`ending_before` of the one before.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from gateway.sandbox.refusals import ErrorType, Refused, invalid

DEFAULT_LIMIT = 20
MAX_LIMIT = 100

_NUMBER = re.compile("[0-9]{1,9}")


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
    if given is not None and not (_NUMBER.fullmatch(given) and 1 <= int(given) <= MAX_LIMIT):
        raise invalid("limit", f"'limit' must be a whole number from 1 to {MAX_LIMIT}, not '{given}'.")
    return PageQuery(
        DEFAULT_LIMIT if given is None else int(given), query.get("starting_after"), query.get("ending_before")
    )


def page(items: Sequence[_L], query: PageQuery) -> tuple[list[_L], str | None]:
    """The page of a list that is asked for, and the cursor of the next where there is more in the same direction.

    With both cursors it is the first page between them.

    Raises:
        Refused: 404, a cursor is none of the list's.
    """
    start = 0 if query.starting_after is None else _place(items, "starting_after", query.starting_after) + 1
    end = len(items) if query.ending_before is None else _place(items, "ending_before", query.ending_before)
    if query.ending_before is not None and query.starting_after is None:
        first = max(start, end - query.limit)
        return list(items[first:end]), items[first].id if first > start else None
    last = min(end, start + query.limit)
    return list(items[start:last]), items[last - 1].id if last < end else None


def _place(items: Sequence[_L], param: str, cursor: str) -> int:
    for place, item in enumerate(items):
        if item.id == cursor:
            return place
    message = f"'{param}' must be the id of an item of the list, not '{cursor}'."
    raise Refused(404, "cursor_not_found", message, kind=ErrorType.NOT_FOUND, param=param)
