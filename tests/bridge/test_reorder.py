from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.reorder import ReorderBuffer, ReorderPolicy
from gateway.carriers.audio import MediaBody
from gateway.telemetry.counts import CallCounts
from tests.bridge.caller_frames import FRAME_MS, frame, frames

WINDOW_MS = 60


def _buffer(window_ms: int = WINDOW_MS) -> tuple[ReorderBuffer, CallCounts]:
    counts = CallCounts()
    return ReorderBuffer(ReorderPolicy(window_ms), counts), counts


def _numbers(bodies: Iterable[MediaBody]) -> list[int]:
    return [body.chunk for body in bodies]


def _arrive(buffer: ReorderBuffer, numbers: Sequence[int], now_ms: int = 0) -> list[int]:
    """What comes out while these come in, one every 20 ms."""
    out: list[int] = []
    for body in frames(numbers):
        out += _numbers(buffer.push(body, now_ms))
        now_ms += FRAME_MS
    return out


def test_frames_in_order_are_not_held() -> None:
    """A carrier that keeps its order costs no delay."""
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, 2, 3]) == [1, 2, 3]
    assert buffer.next_deadline_ms() is None
    assert counts.reordered == 0


@pytest.mark.parametrize("number", [0, -7])
def test_frames_without_a_number_are_not_held(number: int) -> None:
    """Where the carrier does not count there is nothing to put in order."""
    buffer, counts = _buffer()
    _arrive(buffer, [1, 2])
    assert _numbers(buffer.push(frame(9, chunk=number), 40)) == [number]
    assert _arrive(buffer, [3], 60) == [3]
    assert counts.duplicates == 0


def test_a_frame_that_comes_early_waits_for_the_one_before() -> None:
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, 3]) == [1]
    assert _arrive(buffer, [2], 40) == [2, 3]
    assert counts.reordered == 1
    assert buffer.next_deadline_ms() is None


@given(st.lists(st.permutations(range(5)), min_size=1, max_size=20))
def test_frames_shuffled_within_five_come_out_in_order(blocks: list[list[int]]) -> None:
    """Five frames may arrive in any order, each 20 ms after the one before: all come out, each once."""
    buffer, counts = _buffer()
    arriving = [5 * index + place + 1 for index, block in enumerate(blocks) for place in block]
    assert _arrive(buffer, arriving) == sorted(arriving)
    assert counts.late == counts.duplicates == 0


def test_a_doubled_frame_is_dropped() -> None:
    """Whether the first of the two has gone on or still waits."""
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, 2, 2, 4, 4, 3]) == [1, 2, 3, 4]
    assert counts.duplicates == 2


def test_a_lost_frame_is_given_up_when_five_wait_for_it() -> None:
    """What was shuffled within five is there by then."""
    buffer, _ = _buffer()
    assert _arrive(buffer, [1, 3, 4, 5, 6]) == [1]
    assert _arrive(buffer, [7], 100) == [3, 4, 5, 6, 7]


def test_five_that_come_at_once_still_wait_their_window() -> None:
    """A burst of the network's is not yet a loss."""
    buffer, _ = _buffer()
    buffer.push(frame(1), 0)
    for number in (3, 4, 5, 6, 7):
        assert buffer.push(frame(number), 20) == []
    assert buffer.next_deadline_ms() == 20 + WINDOW_MS
    assert buffer.release(20 + WINDOW_MS - 1) == []
    assert _numbers(buffer.release(20 + WINDOW_MS)) == [3, 4, 5, 6, 7]


def test_few_that_wait_are_let_go_after_two_windows() -> None:
    """The carrier has gone quiet behind a hole: its last words must not stick."""
    buffer, _ = _buffer()
    _arrive(buffer, [1, 3])
    assert buffer.next_deadline_ms() == 20 + 2 * WINDOW_MS
    assert buffer.release(20 + 2 * WINDOW_MS - 1) == []
    assert _numbers(buffer.release(20 + 2 * WINDOW_MS)) == [3]
    assert buffer.next_deadline_ms() is None


def test_nothing_waits_without_a_window() -> None:
    """`media.reorder_window_ms = 0` turns the buffer off: what comes late is lost."""
    buffer, counts = _buffer(window_ms=0)
    assert _arrive(buffer, [1, 3, 2, 4]) == [1, 3, 4]
    assert counts.late == 1


def test_a_frame_that_comes_after_its_place_was_given_up_is_late() -> None:
    """It is dropped, and not taken for a doubled one."""
    buffer, counts = _buffer()
    _arrive(buffer, [1, 3])
    buffer.release(20 + 2 * WINDOW_MS)
    assert _arrive(buffer, [2], 200) == []
    assert (counts.late, counts.duplicates) == (1, 0)


def test_only_recent_losses_are_remembered() -> None:
    """A call that lost much does not remember all of it: the count of late frames is the price."""
    buffer, counts = _buffer()
    _arrive(buffer, [1, 100])
    buffer.release(20 + 2 * WINDOW_MS)
    _arrive(buffer, [2, 99], 200)
    assert (counts.late, counts.duplicates) == (1, 1)


def test_a_call_that_begins_shuffled_begins_with_its_first_frame() -> None:
    buffer, _ = _buffer()
    assert _arrive(buffer, [3, 1, 2, 4]) == [1, 2, 3, 4]


def test_a_call_may_begin_anywhere() -> None:
    """A count that does not begin at 1 is not waited for from 1."""
    buffer, _ = _buffer()
    assert _arrive(buffer, [7, 8]) == [7, 8]


@pytest.mark.parametrize("number", [1_000, 2**40], ids=["far", "absurd"])
def test_a_number_far_off_begins_a_new_count(number: int) -> None:
    """Nothing that waits is lost to it."""
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, 3, number, number + 1]) == [1, 3, number, number + 1]
    assert counts.duplicates == 0


def test_a_count_that_begins_again_may_begin_shuffled() -> None:
    buffer, counts = _buffer()
    assert _arrive(buffer, [400, 401, 2, 1, 3]) == [400, 401, 1, 2, 3]
    assert counts.duplicates == counts.late == 0


@pytest.mark.parametrize("first", [15, 100, 249, 400])
@pytest.mark.parametrize("anew", [[1, 2, 3, 4, 5, 6], [2, 1, 5, 3, 4, 6], [2, 3, 4, 6, 7, 8]], ids=str)
def test_a_count_that_begins_again_early_is_known_by_its_first_numbers(first: int, anew: list[int]) -> None:
    """A second `start` in the first seconds of a call costs no word: those numbers are not taken for doubled ones."""
    buffer, counts = _buffer()
    count = list(range(1, first + 1))
    assert _arrive(buffer, count) == count
    out = _arrive(buffer, anew, first * FRAME_MS)
    out += _numbers(buffer.release((first + len(anew)) * FRAME_MS + 2 * WINDOW_MS))
    assert out == sorted(anew)
    assert _arrive(buffer, list(range(9, 60)), 20_000)[-1] == 59
    assert counts.late == 0


@pytest.mark.parametrize(
    ("before", "again"),
    [
        pytest.param(range(1, 101), [1, 2, 3, 4, 101, 5, 102], id="few-in-a-row"),
        pytest.param(range(1, 101), [1, 2, 3, 4, 102, 5, 101], id="one-that-came-early"),
        pytest.param(range(1, 101), [1, 1, 1, 1, 1, 2, 101, 102], id="ever-the-same"),
        pytest.param(range(1, 101), [11, 12, 13, 14, 15, 16, 101, 102], id="not-the-first"),
        pytest.param(range(1, 15), [1, 2, 3, 4, 5, 6, 15, 16], id="just-gone"),
    ],
)
def test_frames_that_are_sent_again_begin_no_new_count(before: range, again: list[int]) -> None:
    """Nothing that was said is said twice."""
    buffer, counts = _buffer()
    _arrive(buffer, list(before))
    assert _arrive(buffer, again, 20_000) == sorted(set(again) - set(before))
    assert counts.duplicates == len(again) - 2


def test_first_frames_that_were_given_up_begin_no_new_count() -> None:
    """They come late, all together, and are no new beginning."""
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, *range(7, 30)])[-1] == 29
    assert _arrive(buffer, [2, 3, 4, 5, 6, 30], 1_000) == [30]
    assert counts.late == 5


def test_one_odd_number_costs_no_other_frame() -> None:
    """A frame whose number is ahead of all others waits, and the call goes on before it."""
    buffer, counts = _buffer()
    assert _arrive(buffer, [1, 2, 200, *range(4, 60)]) == [1, 2, *range(4, 60)]
    assert counts.late == 0


@given(st.lists(st.booleans(), max_size=200))
def test_no_frame_waits_longer_than_two_windows(arrives: list[bool]) -> None:
    """However many frames are lost, a caller is never delayed by more, and no frame that came in order is lost."""
    buffer, _ = _buffer()
    came_ms = {number: number * FRAME_MS for number, comes in enumerate(arrives, start=1) if comes}
    gone_ms: dict[int, int] = {}
    for now_ms in range(FRAME_MS, (len(arrives) + 20) * FRAME_MS, FRAME_MS):
        number = now_ms // FRAME_MS
        released = list(buffer.push(frame(number), now_ms)) if number in came_ms else list(buffer.release(now_ms))
        gone_ms.update(dict.fromkeys(_numbers(released), now_ms))
    assert list(gone_ms) == sorted(came_ms)
    assert all(gone_ms[number] - came_ms[number] <= 2 * WINDOW_MS for number in gone_ms)


def test_all_that_waits_is_given_out_at_the_end() -> None:
    """The caller's last words are not lost behind a hole."""
    buffer, _ = _buffer()
    _arrive(buffer, [1, 5, 3])
    assert _numbers(buffer.flush()) == [3, 5]
    assert buffer.next_deadline_ms() is None
    assert list(buffer.flush()) == []
