"""Rules of what may be repeated from a wrong answer."""

import pytest

from gateway.kallglot.excerpt import LIMIT, excerpt


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        pytest.param(b'{"token":"kst_live_abc-DEF_1"}', '{"token":"***"}', id="stream token"),
        pytest.param(b"Bearer sk_test_123 is revoked", "Bearer *** is revoked", id="api key"),
        pytest.param(b'{"token": "opaque"}', '{"token": "***"}', id="token without a prefix"),
        pytest.param(b'{"phone_number":"+14155551234"}', '{"phone_number":"***"}', id="phone number"),
        pytest.param(b"<html>\n\t<body>502</body>", "<html> <body>502</body>", id="white space"),
        pytest.param(b"\xff\xfe", "\ufffd\ufffd", id="not text"),
    ],
)
def test_masks_what_no_log_may_hold(data: bytes, shown: str) -> None:
    """An operator sees what Kallglot sent, and nobody sees a secret or a number."""
    assert excerpt(data) == shown


def test_masks_the_secrets_it_is_told() -> None:
    """A token that does not look like one is masked too; an empty secret masks nothing."""
    assert excerpt(b"?token=abc def", "abc", "") == "?token=*** def"


def test_is_cut_after_masking() -> None:
    """However long the answer, a log line stays short and no half of a token is left at its end."""
    seen = excerpt(b"x" * (LIMIT - 10) + b" kst_live_" + b"a" * 9000)
    assert seen == "x" * (LIMIT - 10) + " ***"
    assert len(excerpt(b"y" * 9000)) == LIMIT
