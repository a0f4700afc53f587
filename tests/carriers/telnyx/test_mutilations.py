import pytest

from gateway.carriers.captured import captured
from gateway.carriers.forms import FORM_TYPE
from gateway.carriers.telnyx.mutilations import body_variants

PATH = "/webhooks/telnyx/voice"


def test_the_body_that_the_gateway_checks_comes_first() -> None:
    """Of a GET that is none, whatever came with it."""
    assert next(body_variants(captured("POST", PATH, [], b"a"))) == (b"a", "")
    assert next(body_variants(captured("GET", PATH, [], b"a"))) == (b"", "")


@pytest.mark.parametrize("content_type", [FORM_TYPE, "application/json"])
def test_no_body_is_tried_twice(content_type: str) -> None:
    found = [body for body, _ in body_variants(captured("POST", PATH, [f"content-type: {content_type}"], b'{"a":1}'))]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_not_written_anew(body: bytes) -> None:
    """Line ends and emptiness are all there is to try."""
    assert len(list(body_variants(captured("POST", PATH, [], body)))) == 4
