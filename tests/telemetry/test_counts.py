from collections import Counter

from gateway.calls import Direction
from gateway.errors import MessageFault
from gateway.telemetry.counts import CallCounts, DropReason


def test_a_call_begins_with_nothing() -> None:
    """And no two calls share a count."""
    counts, others = CallCounts(), CallCounts()
    counts.dropped[Direction.IN, DropReason.NOT_READY] += 1
    counts.carrier_faults["31930"] += 1
    assert others.dropped == others.carrier_faults == Counter()
    assert set(others.with_earlier({}).values()) == {0}


def test_figures_go_on_from_the_sockets_before() -> None:
    """A call that was cut and came back has one sum."""
    assert CallCounts(frames_in=500).with_earlier({"frames_in": 50, "digits": 1})["frames_in"] == 550
    assert CallCounts().with_earlier({"frames_in": 50, "digits": 1})["digits"] == 1


def test_figures_of_another_version_are_left_out() -> None:
    """A replica of the version before may have counted what this one does not know."""
    assert "sneezes" not in CallCounts().with_earlier({"sneezes": 3})


def test_no_reason_stands_for_two_things() -> None:
    """Both kinds are values of one label."""
    assert not set(DropReason) & set(MessageFault)
