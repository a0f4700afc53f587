from gateway.bridge.events import Ending
from gateway.bridge.relay import ENDS_SESSION


def test_a_session_is_left_open_for_whoever_may_come_back() -> None:
    """And by a replica that has lost the call to another; every other ending ends it."""
    assert set(Ending) - ENDS_SESSION == {Ending.AWAIT_RETURN, Ending.TAKEN_OVER}
