"""The caller is heard in order, bit by bit, whatever the carrier does with its frames."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.bridge.reorder import ReorderPolicy
from gateway.bridge.uplink import UplinkPolicy
from gateway.carriers.audio import MediaBody
from tests.bridge.caller_frames import FRAME_MS, L16_8K, QUIET, Line, frame, frames, l16, speech, spoken

NO_STALLS = UplinkPolicy(stall_ms=10_000)


@given(st.lists(st.binary(min_size=160, max_size=160), max_size=60))
def test_ulaw_in_order_comes_out_bit_by_bit(payloads: list[bytes]) -> None:
    """What a caller at Twilio says reaches Kallglot unchanged, in chunks of 100 ms."""
    line = Line()
    line.carry(*[frame(n, payload) for n, payload in enumerate(payloads, start=1)])
    assert {len(chunk.ulaw) for chunk in line.chunks} <= {800}
    assert len(line.chunks) == len(payloads) // 5
    line.hang_up()
    assert line.heard == b"".join(payloads)
    assert line.counts.concealed_ms == line.counts.gap_frames == line.counts.stalls == 0


@given(st.lists(st.permutations(range(1, 6)), min_size=1, max_size=20), st.sampled_from([1, 8]))
def test_ulaw_shuffled_within_five_comes_out_bit_by_bit(blocks: list[list[int]], units_per_ms: int) -> None:
    """What a caller at Telnyx says reaches Kallglot in order, none missing, none doubled, in chunks of 100 ms."""
    line = Line(in_order=False)
    arriving = [5 * index + place for index, block in enumerate(blocks) for place in block]
    line.carry(*frames(arriving, units_per_ms=units_per_ms))
    line.hang_up()
    assert line.heard == speech(sorted(arriving))
    assert {len(chunk.ulaw) for chunk in line.chunks} == {800}
    assert line.counts.concealed_ms == line.counts.duplicates == line.counts.late == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=100))
def test_doubled_frames_are_heard_once(again: list[int]) -> None:
    """Telnyx may send a frame again up to four frames later."""
    line = Line(in_order=False)
    for number, back in enumerate(again, start=1):
        line.carry(frame(number), frame(max(1, number - back)), every_ms=10)
    line.hang_up()
    assert line.heard == speech(range(1, len(again) + 1))
    assert line.counts.duplicates == len(again)


def test_a_frame_that_comes_twice_in_a_row_is_heard_once() -> None:
    """A carrier that keeps its order has nothing put in order, and must not make the caller stammer either."""
    line = Line()
    line.carry(*frames([1, 2, 2, 3, 3, 3, 4, 5]))
    line.hang_up()
    assert line.heard == speech(range(1, 6))
    assert (line.counts.duplicates, line.counts.gap_frames) == (3, 0)


def test_frames_that_only_look_alike_are_all_heard() -> None:
    """Silence without numbers, and audio under a number that stays the same."""
    line = Line()
    line.carry(*[frame(1, QUIET, chunk=0)] * 3, *[MediaBody(spoken(n), chunk=1, timestamp=5) for n in (1, 2, 3)])
    line.hang_up()
    assert line.heard == 3 * QUIET + speech(range(1, 4))
    assert line.counts.duplicates == 0


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@given(sizes=st.lists(st.integers(20, 640), max_size=60))
def test_frames_of_any_size_are_heard_as_they_are(in_order: bool, sizes: list[int]) -> None:
    """Nothing is put in between them; those that do not hold 20 ms are counted."""
    line = Line(policy=NO_STALLS, in_order=in_order)
    begins = itertools.accumulate(sizes, initial=0)
    said = [spoken(n)[:1] * size for n, size in enumerate(sizes, start=1)]
    line.carry(
        *[
            MediaBody(payload, n, begin // 8)
            for n, (payload, begin) in enumerate(zip(said, begins, strict=False), start=1)
        ]
    )
    line.hang_up()
    assert line.heard == b"".join(said)
    assert line.counts.odd_frames == sum(size != 160 for size in sizes)
    assert line.counts.concealed_ms == 0


def test_a_hole_before_the_first_frame_is_given_up_in_time() -> None:
    """A call of Telnyx' whose first frame was lost begins with the second."""
    line = Line(in_order=False)
    line.carry(frame(2))
    assert line.uplink.next_deadline_ms() == line.now_ms + 120
    line.wait(150)
    line.hang_up()
    assert line.heard == spoken(2)


@pytest.mark.parametrize("window_ms", [0, 20, 200])
def test_the_reorder_window_is_the_operators(window_ms: int) -> None:
    """A hole is waited for as long as `media.reorder_window_ms` says, twice while the carrier is quiet."""
    line = Line(policy=UplinkPolicy(reorder=ReorderPolicy(window_ms), stall_ms=10_000), in_order=False)
    line.carry(*frames([1, 3]))
    held_ms = line.uplink.next_deadline_ms()
    assert held_ms == (line.now_ms + 2 * window_ms if window_ms else line.now_ms + 10_000)


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize(
    "timestamps",
    [
        [0] * 30,
        [-n for n in range(30)],
        [2**63 + n for n in range(30)],
        [n * 777 for n in range(30)],
        [5, -(2**70)] * 15,
    ],
    ids=["zero", "negative", "huge", "of no unit", "in turns"],
)
def test_nonsensical_timestamps_cost_nothing(timestamps: list[int], in_order: bool) -> None:
    """The audio goes through bit by bit; only losses cannot be told by time then."""
    line = Line(in_order=in_order)
    line.carry(*[MediaBody(spoken(n), n, at) for n, at in enumerate(timestamps, start=1)])
    line.hang_up()
    assert line.heard == speech(range(1, 31))


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize("number", [0, -1], ids=["left out", "negative"])
def test_frames_without_numbers_are_heard_as_they_come(number: int, in_order: bool) -> None:
    line = Line(in_order=in_order)
    line.carry(*[frame(n, chunk=number) for n in range(1, 31)])
    line.hang_up()
    assert line.heard == speech(range(1, 31))


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(1, 7)), min_size=1, max_size=60),
    st.booleans(),
    st.sampled_from([(PCMU_8K, spoken), (L16_8K, l16), (AudioFormat(Encoding.OPUS, 48_000), lambda _number: b"\xf8")]),
)
def test_frames_that_are_read_at_once_are_heard_as_if_singly(
    steps: list[tuple[int, int]], in_order: bool, sound: tuple[AudioFormat, Callable[[int], bytes]]
) -> None:
    """Whatever is lost, doubled or shuffled among them: the same chunks, the same counts."""
    source, say = sound
    at_once, singly = Line(source, in_order=in_order), Line(source, in_order=in_order)
    number = 1
    for leap, together in steps:
        # Mostly the next frames; now and then some are missing, or some come again.
        number = max(1, number + {0: -1, 1: -2, 2: 2}.get(leap, 0))
        bodies = [frame(each, say(each)) for each in range(number, number + together)]
        number += together
        for line in (at_once, singly):
            line.wait(together * FRAME_MS)
        at_once.chunks += at_once.uplink.feed(bodies, at_once.now_ms)
        for body in bodies:
            singly.chunks += singly.uplink.feed([body], singly.now_ms)
    for line in (at_once, singly):
        line.hang_up()
    assert at_once.chunks == singly.chunks
    assert at_once.counts == singly.counts
