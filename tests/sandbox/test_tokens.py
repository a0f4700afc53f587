from gateway.sandbox.tokens import TokenBook, TokenFault


def test_a_token_opens_for_five_minutes() -> None:
    """At 299.999 s it still does, at 300 s it no longer does."""
    book = TokenBook()
    token = book.issue("kst_test_a", 1000)

    assert token.expires_ms == 301_000
    assert book.check("kst_test_a", 300_999) is None
    assert book.check("kst_test_a", 301_000) is TokenFault.EXPIRED


def test_a_token_of_nobody_is_invalid() -> None:
    """Guessing, or another session's token, opens nothing."""
    assert TokenBook().check("kst_test_a", 0) is TokenFault.INVALID


def test_a_fresh_token_leaves_the_earlier_one_valid() -> None:
    """Retrieving a session does not lock out who is about to connect."""
    book = TokenBook()
    book.issue("kst_test_a", 0)
    book.issue("kst_test_b", 1000)

    assert book.check("kst_test_a", 2000) is None
    assert book.check("kst_test_b", 2000) is None


def test_long_expired_tokens_are_forgotten() -> None:
    """A session that is retrieved for hours does not grow."""
    book = TokenBook()
    book.issue("kst_test_a", 0)
    book.issue("kst_test_b", 600_000)

    assert book.check("kst_test_a", 600_000) is TokenFault.INVALID
