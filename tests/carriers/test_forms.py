"""Webhook parameters survive as they were sent."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.forms import Form, call_id_of, quoted, read_form
from gateway.errors import WebhookError
from tests.carriers.wire import get, post, post_form

NAMES_AND_VALUES = st.lists(st.tuples(st.text(), st.text()).filter(any), max_size=20)


@given(NAMES_AND_VALUES)
def test_every_parameter_of_a_body_survives_in_order(pairs: list[tuple[str, str]]) -> None:
    """Blank and repeated ones too: a signature covers them all."""
    assert read_form(post("/voice", urlencode(pairs).encode())).pairs == tuple(pairs)


@given(NAMES_AND_VALUES)
def test_a_get_carries_its_parameters_in_the_query(pairs: list[tuple[str, str]]) -> None:
    """What a POST says in its body a GET says in its URL; a fragment is no part of either."""
    assert read_form(get(f"/voice?{urlencode(pairs)}#rc=2")).pairs == tuple(pairs)


def test_a_post_is_not_asked_for_its_query() -> None:
    """Telnyx does not sign it, so anybody could have written it."""
    form = read_form(post("/voice?CallSid=forged", b"To=%2B1415"))
    assert form.pairs == (("To", "+1415"),)


def test_a_get_is_not_asked_for_its_body() -> None:
    """Nobody signs it."""
    assert read_form(replace(get("/voice"), body=b"CallSid=forged")).pairs == ()


def test_a_post_without_a_body_has_no_parameters() -> None:
    """Some clients leave the content type out then."""
    assert read_form(replace(post("/voice", b""), headers={})).pairs == ()


def test_content_type_may_name_a_charset() -> None:
    """As Twilio's does."""
    content_type = "Application/X-WWW-form-urlencoded; charset=UTF-8"
    assert read_form(replace(post("/voice", b"a=1"), headers={"content-type": content_type})).get("a") == "1"


@pytest.mark.parametrize(
    "request_",
    [post("/v", b"a=M\xfcller&b=1"), post("/v", b"a=M%fcller&b=1"), get("/v?a=M%fcller&b=1")],
    ids=["raw", "escaped", "query"],
)
def test_another_encoding_costs_a_letter(request_) -> None:  # type: ignore[no-untyped-def]  # pytest keeps `request`
    """And not the call of whose caller it is the name."""
    assert read_form(request_).pairs == (("a", "M\ufffdller"), ("b", "1"))


def test_get_answers_the_first_value_trimmed() -> None:
    """A repeated parameter means what it said first; an absent one says nothing."""
    form = Form((("To", " +1415 "), ("To", "+1999"), ("ToCity", "")))
    assert (form.get("To"), form.get("ToCity"), form.get("From")) == ("+1415", "", "")


@pytest.mark.parametrize("pairs", [(), (("To", ""),), (("To", "  "),)], ids=["absent", "blank", "spaces"])
def test_a_required_parameter_must_say_something(pairs: tuple[tuple[str, str], ...]) -> None:
    """The error names the parameter."""
    with pytest.raises(WebhookError, match="To is missing") as caught:
        Form(pairs).require("To")
    assert caught.value.param == "To"


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        pytest.param(replace(post("/v", b"{}"), headers={"content-type": "application/json"}), "not 'app", id="json"),
        pytest.param(replace(post("/v", b"a=1"), headers={}), "not ''", id="no-content-type"),
        pytest.param(post("/v", b"a=1&" * 1001), "more than 1000", id="too-many"),
        pytest.param(replace(get("/v"), method="HEAD"), "not 'HEAD'", id="method"),
    ],
)
def test_what_is_no_form_is_refused(request_, said: str) -> None:  # type: ignore[no-untyped-def]  # pytest keeps `request`
    """With an error that says what was wrong."""
    with pytest.raises(WebhookError, match=said):
        read_form(request_)


@pytest.mark.parametrize(
    "call_id",
    ["CA450188bc524230c5086da78b80861648", "v3:9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ldNxdjWbVr9zBjbGjGsSe-aiQ", "x" * 256],
)
def test_call_ids_are_opaque(call_id: str) -> None:
    """Twilio's and Telnyx' look nothing like each other."""
    assert call_id_of(read_form(post_form(("CallSid", call_id)))) == call_id


@pytest.mark.parametrize("call_id", ["x" * 257, "CA 1", "CA\n1", "CÄ1", "\x00"], ids=ascii)
def test_a_strange_call_id_is_refused(call_id: str) -> None:
    """It would end in paths, logs and metrics."""
    with pytest.raises(WebhookError, match="visible ASCII") as caught:
        call_id_of(read_form(post_form(("CallSid", call_id))))
    assert caught.value.param == "CallSid"


def test_quoted_values_are_short_and_on_one_line() -> None:
    """Errors go into logs and answers."""
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 1000)) < 80
