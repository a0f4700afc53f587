import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.timeline import Timeline
from gateway.carriers.audio import MediaBody
from tests.bridge.caller_frames import FRAME_MS, frame

FRAME_US = 1_000 * FRAME_MS

UNITS = [1, 8, 16, 24, 48]
NAMES = ["ms", "8 kHz", "16 kHz", "24 kHz", "48 kHz"]


def _at(timestamp: int, chunk: int = 0) -> MediaBody:
    return MediaBody(b"", chunk, timestamp)


def _gaps(timeline: Timeline, bodies: list[MediaBody], duration_us: int = FRAME_US) -> list[int]:
    return [timeline.gap_ms(body, duration_us) for body in bodies]


def _taught(units_per_ms: int = 1) -> Timeline:
    """A timeline that has heard frames 1 to 3 and knows what their timestamps count."""
    timeline = Timeline()
    assert _gaps(timeline, [frame(n, units_per_ms=units_per_ms) for n in (1, 2, 3)]) == [0, 0, 0]
    return timeline


def test_the_first_frame_misses_nothing() -> None:
    """Streams begin at any number and any time: Twilio's first timestamp is not 0."""
    assert Timeline().gap_ms(_at(171, chunk=40), FRAME_US) == 0


@pytest.mark.parametrize("units_per_ms", UNITS, ids=NAMES)
def test_frames_that_follow_each_other_miss_nothing(units_per_ms: int) -> None:
    timeline = Timeline()
    assert not any(_gaps(timeline, [frame(n, units_per_ms=units_per_ms) for n in range(1, 50)]))


@pytest.mark.parametrize("units_per_ms", UNITS, ids=NAMES)
def test_a_gap_is_measured_in_what_the_timestamps_count(units_per_ms: int) -> None:
    """Milliseconds or samples: three frames lost are 60 ms."""
    assert _taught(units_per_ms).gap_ms(frame(7, units_per_ms=units_per_ms, chunk=4), FRAME_US) == 60


def test_numbers_are_believed_until_the_unit_is_known() -> None:
    timeline = Timeline()
    assert _gaps(timeline, [frame(1, units_per_ms=8), frame(4, units_per_ms=8)]) == [0, 40]


def test_without_numbers_and_unit_nothing_is_missing() -> None:
    """Better no silence than silence by guess."""
    timeline = Timeline()
    assert _gaps(timeline, [_at(0), _at(400), _at(9_000)]) == [0, 0, 0]


def test_one_pair_does_not_settle_the_unit() -> None:
    """A pause of seven frames between two numbered ones looks like samples, once."""
    timeline = Timeline()
    pause = [_at(0, 1), _at(160, 2), _at(180, 3), _at(200, 4), _at(220, 5)]
    assert _gaps(timeline, pause) == [0, 0, 0, 0, 0]
    assert timeline.gap_ms(_at(300, 6), FRAME_US) == 60


@pytest.mark.parametrize("step", [0, -20, 90, 100_000], ids=["still", "backwards", "no unit", "leaps"])
def test_timestamps_of_no_known_unit_are_never_believed(step: int) -> None:
    """The frames' numbers go on being believed instead."""
    timeline = Timeline()
    assert not any(_gaps(timeline, [_at(n * step, n) for n in range(1, 20)]))
    assert timeline.gap_ms(_at(22 * step, 22), FRAME_US) == 40


def test_a_rounded_clock_is_not_a_gap() -> None:
    """A carrier whose timestamps are a few ms off has lost nothing."""
    timeline = _taught()
    assert _gaps(timeline, [_at(211 + ms) for ms in (23, 40, 65, 79, 100)]) == [0] * 5


def test_small_shortfalls_add_up_to_a_gap() -> None:
    """Frames of 20 ms every 24 ms: the caller's audio must not come out a sixth too short."""
    timeline = _taught()
    assert sum(_gaps(timeline, [_at(211 + 24 * n) for n in range(1, 49)])) == 48 * 4


@given(st.lists(st.integers(-90, 90), min_size=50, max_size=200))
def test_timestamps_that_jitter_do_not_stretch_the_call(offsets_ms: list[int]) -> None:
    """The silence put in is at most what the timestamps were ever ahead, however long the call lasts."""
    timeline = _taught()
    gaps = _gaps(timeline, [_at(211 + n * FRAME_MS + ms) for n, ms in enumerate(offsets_ms, start=1)])
    assert sum(gaps) <= max(0, *offsets_ms)


@pytest.mark.parametrize("timestamp", [-1, -(2**62), 0, 2**62], ids=["negative", "hugely negative", "zero", "huge"])
def test_one_nonsensical_timestamp_is_no_gap(timestamp: int) -> None:
    """Neither it nor the next sensible one is filled up with silence."""
    timeline = _taught()
    for number in range(4, 500):
        assert timeline.gap_ms(frame(number), FRAME_US) == 0
    assert timeline.gap_ms(_at(timestamp, 500), FRAME_US) == 0
    assert _gaps(timeline, [frame(501), frame(502)]) == [0, 0]
    assert timeline.gap_ms(frame(505), FRAME_US) == 40


@pytest.mark.parametrize("set_by_ms", [-100_000, -700, 6_000], ids=["far back", "back", "ahead"])
def test_a_clock_that_was_set_is_no_gap(set_by_ms: int) -> None:
    """From then on gaps are measured on the new time."""
    timeline = _taught()
    new = [_at(211 + set_by_ms + n * FRAME_MS) for n in range(1, 30)]
    assert not any(_gaps(timeline, new))
    assert timeline.gap_ms(_at(211 + set_by_ms + 34 * FRAME_MS), FRAME_US) == 80


def test_the_longest_gap_is_five_seconds() -> None:
    """Longer is a clock that was set, by the timestamps and by the numbers alike."""
    assert _taught().gap_ms(_at(211 + 5_000 + FRAME_MS), FRAME_US) == 5_000
    assert _taught().gap_ms(_at(211 + 5_001 + FRAME_MS), FRAME_US) == 0
    numbered = Timeline()
    assert _gaps(numbered, [_at(0, 1), _at(0, 252)]) == [0, 5_000]
    assert numbered.gap_ms(_at(0, 504), FRAME_US) == 0


def test_numbers_that_go_back_are_no_gap() -> None:
    assert _gaps(Timeline(), [_at(0, 9), _at(0, 3)]) == [0, 0]


def test_a_frame_without_audio_leaves_its_gap_to_the_next() -> None:
    """An empty payload is 20 ms that the caller was not heard."""
    timeline = _taught()
    assert timeline.gap_ms(frame(4), 0) == 0
    assert timeline.gap_ms(frame(5), FRAME_US) == 20


def test_a_gap_is_measured_from_frames_of_any_length() -> None:
    """Telnyx sends 30 ms frames to calls that negotiated them."""
    timeline = Timeline()
    assert not any(_gaps(timeline, [_at(n * 240, n) for n in range(1, 5)], 30_000))
    assert timeline.gap_ms(_at(7 * 240, 7), 30_000) == 60


@given(st.lists(st.integers(20, 640), min_size=4, max_size=300), st.sampled_from(UNITS))
def test_frames_of_uneven_sizes_miss_nothing(sizes: list[int], units_per_ms: int) -> None:
    """Bytes of μ-law that are no whole milliseconds: what is rounded off does not add up to silence in the call."""
    timeline = Timeline()
    begins = itertools.accumulate(sizes, initial=0)
    bodies = [_at(begin * units_per_ms // 8, n) for n, begin in enumerate(begins, start=1)]
    assert sum(timeline.gap_ms(body, 125 * size) for body, size in zip(bodies, sizes, strict=False)) == 0


def test_a_frame_of_another_size_ends_where_its_audio_does() -> None:
    """A gap after it is as long as what is missing."""
    timeline = _taught()
    assert timeline.gap_ms(_at(231, 4), 40_000) == 0
    assert timeline.gap_ms(_at(271, 5), FRAME_US) == 0
    assert timeline.gap_ms(_at(311, 6), FRAME_US) == 20
