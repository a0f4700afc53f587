from gateway.bridge.expected import Expected
from tests.bridge.records import call_id


def test_a_call_is_expected_until_its_socket_is_here() -> None:
    """Each once, however often its carrier is told."""
    expected = Expected()
    expected.add(call_id("1"), 1_000)
    expected.add(call_id("2"), 1_000)
    expected.add(call_id("1"), 1_500)
    assert expected.count(1_600) == 2
    expected.remove(call_id("1"))
    expected.remove(call_id("3"))
    assert expected.count(1_600) == 1


def test_a_call_that_does_not_come_gives_its_room_back() -> None:
    """Its socket was led to another replica, or its caller hung up; who was told later is waited for longer."""
    expected = Expected()
    expected.add(call_id("1"), 1_000)
    expected.add(call_id("2"), 2_000)
    expected.add(call_id("1"), 3_000)
    assert expected.count(11_999) == 2
    assert expected.count(12_000) == 1
    assert expected.count(13_000) == 0
