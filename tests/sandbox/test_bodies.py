from enum import StrEnum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from gateway.sandbox.bodies import check_choice, read_as, read_json, read_object
from gateway.sandbox.refusals import Refused


class Inner(Struct):
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0


class Named(Struct):
    name: str


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Outer(Struct):
    payload: bytes
    channels: int = 1
    rates: list[int] | None = None
    voice: Inner | None = None
    agent: Named | None = None
    tools: list[Named] | None = None


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="truncated"),
        pytest.param(b"mode=ai_agent", id="a form"),
        pytest.param(b'{"mode": NaN}', id="not a number"),
        pytest.param(b'{"mode": "\xff"}', id="not utf-8"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_what_is_not_json_is_400(data: bytes) -> None:
    """Unreadable is not the same as wrong."""
    with pytest.raises(Refused, match="not valid JSON") as caught:
        read_json(data)

    assert (caught.value.status, caught.value.kind) == (400, "invalid_request_error")


@pytest.mark.parametrize("data", [b"[]", b"1", b'"mode"', b"null"])
def test_a_body_that_is_no_object_is_400(data: bytes) -> None:
    """The documents' bodies are objects."""
    with pytest.raises(Refused, match="must be a JSON object") as caught:
        read_object(data)

    assert caught.value.status == 400


def test_an_object_is_read() -> None:
    """With whatever is in it."""
    assert read_object(b'{"mode": "ai_agent", "x": [1]}') == {"mode": "ai_agent", "x": [1]}


def test_a_missing_field_is_named() -> None:
    """At the top of the object there is no path to read it from."""
    with pytest.raises(Refused) as caught:
        read_as(Outer, {})

    assert caught.value.param == "payload"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        pytest.param({"payload": "", "agent": {}}, "agent.name", id="in an object"),
        pytest.param({"payload": "", "tools": [{"name": "a"}, {}]}, "tools[1].name", id="in a list"),
    ],
)
def test_a_missing_field_of_an_inner_object_is_named_with_its_place(fields: dict[str, Any], param: str) -> None:
    """In the documents' own sentence."""
    with pytest.raises(Refused) as caught:
        read_as(Outer, fields)

    assert (caught.value.param, caught.value.message) == (param, f"The '{param}' field is required.")


@pytest.mark.parametrize(
    ("fields", "param", "quoted"),
    [
        pytest.param({"payload": "", "voice": {"speed": 3}}, "voice.speed", "not 3", id="out of range"),
        pytest.param({"payload": "", "voice": {"speed": "fast"}}, "voice.speed", "got `str`", id="another type"),
        pytest.param({"payload": "", "voice": []}, "voice", "got `array`", id="no object"),
    ],
)
def test_a_field_that_is_wrong_is_named_and_quoted(fields: dict[str, Any], param: str, quoted: str) -> None:
    """With the place where it stands."""
    with pytest.raises(Refused) as caught:
        read_as(Outer, fields)

    assert (caught.value.status, caught.value.param) == (422, param)
    assert quoted in caught.value.message


def test_a_word_must_be_a_documented_one() -> None:
    """All that would do are listed."""
    check_choice("mode", "a", ["a", "b"])
    check_choice("mode", None, ["a", "b"])
    with pytest.raises(Refused, match="'mode' must be 'a' or 'b', not 'c'"):
        check_choice("mode", "c", ["a", "b"])
    with pytest.raises(Refused, match="'size' must be 'small' or 'large', not 'huge'"):
        check_choice("size", "huge", list(Size))


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    """To JSON `2.0` is `2`; half a channel is none."""
    assert read_as(Outer, {"payload": "", "channels": 2.0, "rates": [8000.0, 16000]}).rates == [8000, 16_000]
    with pytest.raises(Refused) as caught:
        read_as(Outer, {"payload": "", "channels": 2.5})
    assert caught.value.param == "channels"


def test_a_body_that_is_nested_too_deeply_to_be_looked_through_is_400() -> None:
    """It is the client's doing, and no bug of ours."""
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(Refused, match="nested too deeply") as caught:
        read_as(Outer, {"payload": "", "channels": 2.0, "x": deep})

    assert caught.value.status == 400
