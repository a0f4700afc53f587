from gateway.telemetry.blackbox import BoxEvent, EventKind, Recording
from gateway.web.console.timeline import Moment, clock, duration, moments


def told(*events: BoxEvent) -> list[Moment]:
    return list(moments(Recording(0, events, (), 0)))


def test_events_are_told_in_the_order_of_time() -> None:
    """A flag is noted when it has lasted, and stands where the trouble began."""
    lines = told(
        BoxEvent(0, EventKind.WEBHOOK),
        BoxEvent(9_000, EventKind.INTERRUPTED),
        BoxEvent(4_250, EventKind.FLAG, "dead_air"),
        BoxEvent(65_000, EventKind.END, "caller_hung_up"),
    )
    assert lines == [
        Moment("0:00.0", "The carrier asked what to do", "", is_trouble=False),
        Moment("0:04.2", "Flag raised", "Dead air: neither side speaks", is_trouble=True),
        Moment("0:09.0", "The caller interrupted", "", is_trouble=False),
        Moment("1:05.0", "End", "caller hung up", is_trouble=False),
    ]


def test_the_same_again_is_one_line() -> None:
    """Eight keys, one after the other, do not fill the screen; one after something else does stand there."""
    digit = EventKind.DIGIT
    lines = told(
        BoxEvent(1_000, digit), BoxEvent(1_500, digit), BoxEvent(2_000, EventKind.READY), BoxEvent(3_000, digit)
    )
    assert [(line.at, line.what, line.times) for line in lines] == [
        ("0:01.0", "The caller pressed a key", 2),
        ("0:02.0", "Kallglot ready", 1),
        ("0:03.0", "The caller pressed a key", 1),
    ]


def test_an_end_that_somebody_is_to_blame_for_is_trouble() -> None:
    (line,) = told(BoxEvent(0, EventKind.END, "media_lost"))
    assert line.is_trouble


def test_a_number_in_a_detail_is_masked() -> None:
    """What a peer says of itself is not ours to trust."""
    (line,) = told(BoxEvent(0, EventKind.KALLGLOT_ERROR, "no such number +14155550100"))
    assert line.detail == "no such number +1********00"


def test_hours_are_shown_where_there_are_any() -> None:
    assert (clock(3_200), clock(3_723_400), duration(59), duration(3_600)) == ("0:03.2", "1:02:03.4", "0:59", "1:00:00")
