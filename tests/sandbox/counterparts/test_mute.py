from gateway.sandbox.counterparts.mute import Mute


def test_a_mute_says_nothing() -> None:
    """Whatever it hears."""
    mute = Mute()

    assert mute.hear("customer", b"\x00\xff", 0) == []
    assert mute.finish() == []
