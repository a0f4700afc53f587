from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.playout import Delivery, Playout


def test_a_turn_leaves_at_the_speed_it_is_spoken() -> None:
    """250 ms in pieces of 100: at once, after 100 ms, after 200 ms."""
    playout = Playout(Delivery.REALTIME, 100)
    playout.push(b"a" * 800 + b"b" * 800 + b"c" * 400, 1000)

    assert playout.release(1000) == [b"a" * 800]
    assert playout.next_deadline_ms() == 1100
    assert playout.release(1099) == []
    assert playout.release(1100) == [b"b" * 800]
    assert playout.release(1200) == [b"c" * 400]
    assert playout.next_deadline_ms() is None


def test_a_late_caller_does_not_shift_the_deadlines() -> None:
    """After a pause of the process, what is overdue leaves together and the rest on time."""
    playout = Playout(Delivery.REALTIME, 20)
    playout.push(b"a" * 160 * 5, 1000)

    assert len(playout.release(1047)) == 3
    assert playout.next_deadline_ms() == 1060


def test_a_second_turn_waits_for_the_first() -> None:
    """Nobody talks over himself; the last piece of the first is spoken to its end."""
    playout = Playout(Delivery.REALTIME, 100)
    playout.push(b"a" * 400, 1000)
    playout.push(b"b" * 400, 1000)
    assert playout.release(1000) == [b"a" * 400]

    playout.push(b"c", 1010)
    assert playout.next_deadline_ms() == 1050
    assert playout.release(1100) == [b"b" * 400, b"c"]


def test_a_turn_right_behind_a_finished_one_waits_until_it_was_spoken() -> None:
    """The queue is empty, but its last piece still sounds."""
    playout = Playout(Delivery.REALTIME, 100)
    playout.push(b"a" * 800, 1000)
    playout.release(1000)
    playout.push(b"b", 1050)

    assert playout.next_deadline_ms() == 1100


def test_odd_lengths_do_not_drift() -> None:
    """800 turns of 12.5 ms end after exactly ten seconds."""
    playout = Playout(Delivery.REALTIME, 100)
    for _ in range(801):
        playout.push(b"x" * 100, 0)
    playout.release(9_999)

    assert playout.next_deadline_ms() == 10_000


def test_a_burst_leaves_at_once() -> None:
    """In pieces all the same."""
    playout = Playout(Delivery.BURST, 100)
    playout.push(b"a" * 2000, 1000)

    assert [len(piece) for piece in playout.release(1000)] == [800, 800, 400]
    assert playout.next_deadline_ms() is None


@given(st.lists(st.binary(max_size=3000)), st.sampled_from(Delivery), st.integers(1, 200))
def test_no_byte_is_lost_or_doubled(turns: list[bytes], delivery: Delivery, piece_ms: int) -> None:
    """However it is cut and paced."""
    playout = Playout(delivery, piece_ms)
    for turn in turns:
        playout.push(turn, 0)
    released = []
    while (deadline_ms := playout.next_deadline_ms()) is not None:
        released += playout.release(deadline_ms)

    assert b"".join(released) == b"".join(turns)
