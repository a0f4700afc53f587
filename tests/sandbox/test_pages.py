from dataclasses import dataclass

import pytest

from gateway.sandbox.pages import PageQuery, page, parse_page
from gateway.sandbox.refusals import Refused


@dataclass(frozen=True)
class Item:
    id: str


ITEMS = [Item(letter) for letter in "edcba"]
"""Newest first."""


def names(found: tuple[list[Item], str | None]) -> tuple[str, str | None]:
    return "".join(item.id for item in found[0]), found[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(PageQuery(), ("edcba", None), id="all"),
        pytest.param(PageQuery(2), ("ed", "d"), id="first page"),
        pytest.param(PageQuery(2, starting_after="d"), ("cb", "b"), id="second page"),
        pytest.param(PageQuery(2, starting_after="b"), ("a", None), id="last page"),
        pytest.param(PageQuery(2, starting_after="a"), ("", None), id="beyond"),
        pytest.param(PageQuery(2, ending_before="b"), ("dc", "d"), id="backwards"),
        pytest.param(PageQuery(2, ending_before="d"), ("e", None), id="back at the beginning"),
        pytest.param(PageQuery(5), ("edcba", None), id="exactly full"),
        pytest.param(PageQuery(2, "e", "a"), ("dc", "c"), id="between"),
        pytest.param(PageQuery(9, "e", "a"), ("dcb", None), id="all between"),
        pytest.param(PageQuery(2, "a", "e"), ("", None), id="nothing between"),
    ],
)
def test_a_page_goes_on_from_its_cursor(query: PageQuery, found: tuple[str, str | None]) -> None:
    """In either direction, saying where it goes on, if it does: a list read backwards shows nothing twice."""
    assert names(page(ITEMS, query)) == found


def test_the_query_has_the_documented_defaults() -> None:
    """Twenty, from the beginning."""
    assert parse_page({}) == PageQuery(20, None, None)
    assert parse_page({"limit": "100", "starting_after": "agt_1"}) == PageQuery(100, "agt_1", None)


@pytest.mark.parametrize("limit", ["0", "101", "00000000101", "-1", "1.5", "x", "", "٣", "9" * 5000])
def test_a_limit_is_from_1_to_100(limit: str) -> None:
    """Anything else is 422 and names it."""
    with pytest.raises(Refused) as caught:
        parse_page({"limit": limit})

    assert (caught.value.status, caught.value.param) == (422, "limit")


@pytest.mark.parametrize("query", [PageQuery(starting_after="x"), PageQuery(ending_before="x")])
def test_a_cursor_that_is_not_in_the_list_is_404(query: PageQuery) -> None:
    """Rather than an empty page that looks like the end."""
    with pytest.raises(Refused, match="not 'x'") as caught:
        page(ITEMS, query)

    assert (caught.value.status, caught.value.code) == (404, "cursor_not_found")
