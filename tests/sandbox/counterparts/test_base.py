from gateway.sandbox.counterparts.base import Say


def test_what_is_said_is_paced_unless_told_otherwise() -> None:
    """A counterpart that does not care sounds like somebody speaking."""
    assert not Say("customer", b"").at_once
