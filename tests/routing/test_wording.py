from datetime import date

import pytest
from pydantic import BaseModel

from gateway.routing.wording import dotted, shown, unknown, unknown_key


class Inner(BaseModel):
    lead_ms: int = 0


class Outer(BaseModel):
    media: Inner | None = None
    log: Inner = Inner()
    name: str = ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("soon", "'soon'"),
        ("x" * 100, "'" + "x" * 80 + "…'"),
        (True, "true"),
        (False, "false"),
        (4.5, "4.5"),
        pytest.param(16**5000, "a number of so many digits", id="more digits than Python writes"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_values_are_shown_as_they_are_written(value: object, words: str) -> None:
    """In TOML's words rather than Python's, and no longer than a line."""
    assert shown(value) == words


def test_a_path_is_dotted() -> None:
    """As an operator would write it."""
    assert dotted(("telnyx", "allow_cidrs", 1)) == "telnyx.allow_cidrs[1]"
    assert dotted(("routes",)) == "routes"


def test_a_near_name_is_suggested_and_a_far_one_is_not() -> None:
    """What all names have in common is no resemblance."""
    known = ["GATEWAY_ROUTES", "GATEWAY_PUBLIC_URL"]

    assert unknown("GATEWAY_ROUTE", known, under="GATEWAY_").endswith("did you mean GATEWAY_ROUTES?")
    assert unknown("GATEWAY_ZZZ", known, under="GATEWAY_") == "GATEWAY_ZZZ is not a setting"


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        (("nam",), "name"),
        (("media", "lead_m"), "media.lead_ms"),
        (("log", "lead"), "log.lead_ms"),
    ],
)
def test_the_suggestion_comes_from_the_same_table(path: tuple[str, ...], suggestion: str) -> None:
    """Also in an optional table."""
    assert unknown_key(Outer, path) == f"{dotted(path)} is not a setting; did you mean {suggestion}?"
