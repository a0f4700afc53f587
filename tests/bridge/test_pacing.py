from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.pacing import Pacer, PacingPolicy


def _pacer(count: int, *, lead_ms: int = 60, queue_ms: int = 60_000) -> Pacer:
    """A pacer with so many frames of 20 ms in it, each its number."""
    pacer = Pacer(PacingPolicy(lead_ms=lead_ms, queue_ms=queue_ms))
    for number in range(count):
        pacer.push(bytes([number]), 20)
    return pacer


def _numbers(frames: list[bytes]) -> list[int]:
    return [frame[0] for frame in frames]


def test_fills_the_lead_then_waits() -> None:
    """Three frames of 20 ms fill a lead of 60; the fourth waits its turn."""
    pacer = _pacer(4)
    assert _numbers(pacer.release(1_000)) == [0, 1, 2]
    assert pacer.queued_ms == 20
    assert pacer.dry_at_ms == 1_060
    assert pacer.next_deadline_ms() == 1_020
    assert pacer.release(1_019) == []
    assert _numbers(pacer.release(1_020)) == [3]
    assert pacer.next_deadline_ms() is None


def test_lateness_never_adds_up() -> None:
    """A loop that comes 7 ms late each time has sent exactly as much after two seconds."""
    pacer = _pacer(200)
    sent = sum(len(pacer.release(now_ms)) for now_ms in range(1_000, 3_001, 27))
    assert sent + len(pacer.release(3_000)) == (2_000 + 60) // 20


@given(
    st.lists(st.tuples(st.integers(0, 300), st.lists(st.integers(1, 200), max_size=5)), max_size=60),
    st.integers(200, 1_000),
)
def test_never_more_than_the_lead_is_at_the_carrier(steps: list[tuple[int, list[int]]], lead_ms: int) -> None:
    """However irregularly Kallglot sends and we come round: what the carrier holds is at most the lead."""
    pacer = Pacer(PacingPolicy(lead_ms=lead_ms))
    now_ms, held_until_ms, queued_ms = 1_000, 0, 0
    for wait_ms, durations_ms in steps:
        now_ms += wait_ms
        for ms in durations_ms:
            pacer.push(ms.to_bytes(2, "big"), ms)
            queued_ms += ms
        for frame in pacer.release(now_ms):
            ms = int.from_bytes(frame, "big")
            held_until_ms = max(held_until_ms, now_ms) + ms
            queued_ms -= ms
        assert held_until_ms - now_ms <= lead_ms
        assert pacer.queued_ms == queued_ms
        due_ms = pacer.next_deadline_ms()
        assert (due_ms is None) == (queued_ms == 0)
        assert due_ms is None or due_ms > now_ms


def test_a_carrier_that_ran_dry_gets_a_whole_lead_again() -> None:
    """After a pause the lead is counted from now, not from when the carrier ran dry."""
    pacer = _pacer(3)
    pacer.release(1_000)
    for number in range(5):
        pacer.push(bytes([number]), 20)
    assert len(pacer.release(5_000)) == 3
    assert pacer.dry_at_ms == 5_060


def test_a_frame_longer_than_the_lead_waits_for_a_dry_carrier() -> None:
    """It goes all the same: nothing may wait for ever."""
    pacer = Pacer(PacingPolicy(lead_ms=40))
    pacer.push(b"a", 100)
    pacer.push(b"b", 100)
    assert pacer.release(1_000) == [b"a"]
    assert pacer.next_deadline_ms() == 1_100
    assert pacer.release(1_099) == []
    assert pacer.release(1_100) == [b"b"]


def test_a_note_takes_no_time() -> None:
    """It leaves with the frame before it, and is nobody's audio."""
    pacer = _pacer(3)
    assert pacer.push(b"note", 0) == 0
    pacer.push(b"x", 20)
    assert pacer.release(1_000)[-1] == b"note"
    pacer.push(b"note", 0)
    assert pacer.clear(1_000) == 1


def test_a_full_queue_loses_the_oldest() -> None:
    """A minute behind, what was said first matters least."""
    pacer = _pacer(5, queue_ms=100)
    assert pacer.push(b"\x05", 20) == 1
    assert pacer.push(b"\x06", 60) == 3
    assert _numbers(pacer.release(1_000)) == [4, 5]


def test_a_full_queue_does_not_count_notes_as_lost() -> None:
    pacer = Pacer(PacingPolicy(queue_ms=100))
    pacer.push(b"note", 0)
    pacer.push(b"a", 100)
    assert pacer.push(b"b", 100) == 1


def test_clear_forgets_what_waits_and_what_the_carrier_holds() -> None:
    """The next word is said at once, not after what was thrown away."""
    pacer = _pacer(10)
    pacer.release(1_000)
    assert pacer.clear(1_010) == 7
    assert (pacer.queued_ms, pacer.dry_at_ms, pacer.next_deadline_ms()) == (0, 1_010, None)
    pacer.push(b"x", 20)
    assert pacer.release(1_010) == [b"x"]


def test_clear_does_not_make_the_carrier_play_longer() -> None:
    pacer = _pacer(1)
    pacer.release(1_000)
    pacer.clear(9_000)
    assert pacer.dry_at_ms == 1_020
