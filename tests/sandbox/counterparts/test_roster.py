from gateway.sandbox.counterparts.roster import ROSTER


def test_every_session_gets_a_counterpart_of_its_own() -> None:
    """What one caller says is not repeated to another."""
    assert set(ROSTER) == {"parrot", "echo", "mute"}
    for make in ROSTER.values():
        assert make() is not make()
