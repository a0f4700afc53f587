from gateway.demo.delays import Delays, added_ms, summarize, whole

MS = 1_000_000
FRAMES = [(160 * n, n * 20 * MS) for n in range(1, 11)]
"""Ten frames of 20 ms, the first sent at 20 ms."""


def test_collecting_a_message_is_no_delay() -> None:
    """Five frames in one message: the clock starts with the fifth."""
    assert added_ms(FRAMES, [(800, 101 * MS), (1600, 203 * MS)]) == [1, 3]


def test_a_message_smaller_than_what_was_sent_has_its_delay_too() -> None:
    """One message in, two out."""
    assert added_ms([(800, 0)], [(400, 2 * MS), (800, 4 * MS)]) == [2, 4]


def test_less_than_a_millisecond_shows() -> None:
    """That is what a gateway takes."""
    assert added_ms(FRAMES, [(160, 20 * MS + 250_000)]) == [0.25]


def test_what_nobody_sent_has_no_delay() -> None:
    """Silence that was put in at the end."""
    assert added_ms(FRAMES, [(1700, 0)]) == []


def test_a_message_cut_short_at_the_end_is_left_out() -> None:
    """It had waited for more."""
    assert whole([(800, 1), (1600, 2), (1760, 3)]) == [(800, 1), (1600, 2)]
    assert whole([]) == []


def test_percentiles_are_by_nearest_rank() -> None:
    """The value of a message that was, not one in between."""
    assert summarize([float(n) for n in range(100, 0, -1)]) == Delays(50, 99)
    assert summarize([3.0]) == Delays(3, 3)


def test_nothing_has_no_percentiles() -> None:
    """A call on which nothing arrived."""
    assert summarize([]) is None
