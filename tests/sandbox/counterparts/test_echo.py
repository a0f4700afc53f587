from gateway.sandbox.counterparts.base import Say
from gateway.sandbox.counterparts.echo import Echo


def test_an_echo_returns_each_message_at_once() -> None:
    """The same bytes, not paced, and nothing left over at the end."""
    echo = Echo()

    assert echo.hear("customer", b"\x00\xff", 0) == [Say("customer", b"\x00\xff", at_once=True)]
    assert echo.finish() == []
