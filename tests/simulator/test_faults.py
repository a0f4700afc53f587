import itertools
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulator.caller import Frame
from gateway.simulator.fault_specs import FaultName, parse_fault
from gateway.simulator.faults import AudioFaults, Delays, MessageFaults, Outgoing, find

START_MS = 5_000


def message(number: int) -> Outgoing:
    return Outgoing(number, b"%d" % number, json.dumps({"event": "media", "chunk": number}))


def timed(*specs: str, count: int = 200, seed: int = 1) -> list[tuple[int, Outgoing]]:
    """When each of so many messages leaves, one made every 20 ms."""
    faults = MessageFaults([parse_fault(spec) for spec in specs], seed, start_ms=START_MS)
    left: list[tuple[int, Outgoing]] = []
    for now_ms in range(START_MS, START_MS + count * 20):
        if now_ms % 20 == 0:
            faults.push(message((now_ms - START_MS) // 20), now_ms)
        left += [(now_ms, outgoing) for outgoing in faults.release(now_ms)]
    return left + [(-1, outgoing) for outgoing in faults.flush()]


def numbers(left: Sequence[tuple[int, Outgoing]]) -> list[int]:
    return [outgoing.index for _, outgoing in left]


def audio(*specs: str, sample_bytes: int = 1) -> AudioFaults:
    return AudioFaults([parse_fault(spec) for spec in specs], 1, bytes_per_ms=8, sample_bytes=sample_bytes)


def frame(index: int, *, silent: bool = False) -> Frame:
    return Frame(index, (index + 1) * 20, bytes([index]) * 160, silent)


def test_without_faults_each_message_leaves_as_it_comes() -> None:
    """And nothing is left to wait for."""
    faults = MessageFaults([], 0, start_ms=0)
    for number in range(3):
        faults.push(message(number), 20 * number)
        assert faults.next_deadline_ms() == 20 * number
        assert faults.release(20 * number) == [message(number)]
    assert faults.next_deadline_ms() is None
    assert faults.flush() == []


@given(st.integers(2, 8), st.integers(0, 1000))
def test_reorders_within_its_window_and_loses_nothing(window: int, seed: int) -> None:
    """A message is never further from its place than the window is wide."""
    out = numbers(timed(f"reorder:window={window}", seed=seed))
    assert sorted(out) == list(range(200))
    assert all(abs(place - number) < window for place, number in enumerate(out))


def test_jitter_is_late_and_keeps_the_order() -> None:
    """By up to so many milliseconds, as one TCP connection is."""
    left = timed("jitter:ms=50")[:-3]
    lateness = [at_ms - START_MS - 20 * outgoing.index for at_ms, outgoing in left]
    assert numbers(left) == sorted(numbers(left))
    assert 0 <= min(lateness) < 10
    assert 40 < max(lateness) <= 50


def test_a_burst_holds_back_again_and_again() -> None:
    """The first 100 ms of each half second come at their end, the rest as it is spoken."""
    left = timed("burst:every=500,hold=100", count=50)
    together = [outgoing.index for at_ms, outgoing in left if at_ms == START_MS + 500 + 100]
    assert together == [25, 26, 27, 28, 29, 30]
    assert (START_MS + 500 + 120, message(31)) in left


def test_a_stall_comes_once_unless_it_is_repeated() -> None:
    """Nothing for a second, then all of it."""
    once = timed("stall:at=1000,ms=1000")
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(once)]
    assert gaps.count(1020 - 20 + 20) == 1
    assert max(gaps) == 1020
    again = timed("stall:at=1000,ms=500,every=1000")
    assert numbers(again) == list(range(200))
    assert sum(b - a > 400 for (a, _), (b, _) in itertools.pairwise(again)) == 3


def test_loses_and_doubles_a_share() -> None:
    """None, all, and some of it."""
    assert numbers(timed("loss:share=1")) == []
    assert numbers(timed("duplicate:share=1", count=3)) == [0, 0, 1, 1, 2, 2]
    assert 150 < len(timed("loss:share=0.1")) < 200


@pytest.mark.parametrize("fault", ["truncate", "malformed"])
def test_damage_leaves_no_audio_to_be_read(fault: str) -> None:
    """What a gateway gets is no media message, and what is not damaged is whole."""
    left = timed(f"{fault}:share=0.3")
    damaged = [outgoing for _, outgoing in left if outgoing != message(outgoing.index)]
    assert 30 < len(damaged) < 90
    assert {outgoing.payload for outgoing in damaged} == {b""}
    assert all(outgoing.message != message(outgoing.index).message for outgoing in damaged)


def test_a_seed_repeats_itself_and_another_differs() -> None:
    """A run that found a bug can be run again."""
    specs = ("jitter:ms=50", "loss:share=0.1", "malformed:share=0.1")
    assert timed(*specs) == timed(*specs)
    assert timed(*specs) != timed(*specs, seed=2)


def test_one_fault_does_not_change_what_another_does() -> None:
    """The same frames are lost whether or not others are doubled."""
    assert sorted(set(numbers(timed("loss:share=0.2", "duplicate:share=0.2")))) == numbers(timed("loss:share=0.2"))


def test_no_frames_come_while_the_caller_is_silent() -> None:
    """After a while of silence, until there is something to hear."""
    faults = audio("gaps:after=40")
    spoken = [frame(n, silent=n in range(2, 8)) for n in range(10)]
    assert [fed.index for each in spoken for fed in faults.feed(each)] == [0, 1, 2, 3, 8, 9]


def test_messages_of_any_size_hold_the_same_audio() -> None:
    """Each is stamped with when it began, twenty milliseconds later, and orders itself among the others."""
    faults = audio("sizes:least=30,most=500", sample_bytes=2)
    pieces = [piece for n in range(20) for piece in faults.feed(frame(n))]
    whole = b"".join(piece.payload for piece in pieces)
    assert (b"".join(frame(n).payload for n in range(20))).startswith(whole)
    assert len({len(piece.payload) for piece in pieces}) > 5
    assert all(len(piece.payload) % 2 == 0 for piece in pieces)
    assert [piece.index for piece in pieces] == sorted({piece.index for piece in pieces})
    begun = 0
    for piece in pieces:
        assert piece.at_ms - 20 == pytest.approx(begun / 8, abs=1)
        begun += len(piece.payload)


def test_frames_are_left_alone_without_faults() -> None:
    """The same object comes out."""
    assert audio().feed(frame(0, silent=True)) == [frame(0, silent=True)]


def test_delays_are_drawn_for_the_fault_that_has_them() -> None:
    """And there are none without it."""
    assert [Delays([], FaultName.LATE_MARKS, 1).next_ms() for _ in range(3)] == [0, 0, 0]
    late = Delays([parse_fault("late_marks:ms=30")], FaultName.LATE_MARKS, 1)
    drawn = [late.next_ms() for _ in range(200)]
    assert min(drawn) < 5
    assert 25 < max(drawn) <= 30


def test_faults_are_found_by_name() -> None:
    """Or not at all."""
    loss = parse_fault("loss")
    assert find([loss], FaultName.LOSS) is loss
    assert find([loss], FaultName.GAPS) is None
