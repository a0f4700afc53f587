import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import RecordingError
from gateway.telemetry.blackbox import LIMIT_BYTES, MAX_SECONDS, BlackBox, BoxEvent, BoxSecond, EventKind, decode

BEGAN_MS = 1_700_000_000_000


def lived(box: BlackBox, seconds: int, first: int = 1) -> BlackBox:
    for second in range(first, first + seconds):
        box.second(BEGAN_MS + 1_000 * second, heard_dbov=-30, said_dbov=None, gap_frames=1)
    return box


def test_what_was_recorded_is_read_again() -> None:
    """Events and seconds, with times from the call's beginning."""
    box = BlackBox(BEGAN_MS)
    box.event(EventKind.WEBHOOK, BEGAN_MS)
    box.event(EventKind.CARRIER_FAULT, BEGAN_MS + 1_500, "31930")
    box.second(
        BEGAN_MS + 2_000, heard_dbov=-127, said_dbov=-20, jitter_ms=1.25, gap_frames=2, latency_ms=3, queue_ms=400
    )
    box.second(BEGAN_MS + 3_000, heard_dbov=None, said_dbov=0)

    recording = decode(box.encode())

    assert (recording.began_ms, recording.left_out) == (BEGAN_MS, 0)
    assert recording.events == [
        BoxEvent(0, EventKind.WEBHOOK),
        BoxEvent(1_500, EventKind.CARRIER_FAULT, "31930"),
    ]
    assert recording.seconds == [
        BoxSecond(2_000, 1, -127, -20, 12, 2, 3, 400),
        BoxSecond(3_000, 1, None, 0, 0, 0, 0, 0),
    ]


def test_a_digit_is_noted_but_not_which() -> None:
    """What callers key in is theirs."""
    box = BlackBox(BEGAN_MS)
    box.event(EventKind.DIGIT, BEGAN_MS, "7")
    assert decode(box.encode()).events == [BoxEvent(0, EventKind.DIGIT)]


@pytest.mark.parametrize(
    ("detail", "kept"),
    [("a\nb\x1b[1m\u2028c", "ab[1mc"), ("x" * 100, "x" * 64), ("x" * 63 + "€", "x" * 63), ("a\ud800b", "ab")],
    ids=["controls", "long", "cut in a character", "half a character"],
)
def test_details_are_short_and_printable(detail: str, kept: str) -> None:
    """They may come from outside."""
    box = BlackBox(BEGAN_MS)
    box.event(EventKind.CARRIER_FAULT, BEGAN_MS, detail)
    assert decode(box.encode()).events[0].detail == kept


def test_a_call_in_another_replica_is_recorded_on() -> None:
    """Its timeline is one, whoever carried it."""
    box = lived(BlackBox(BEGAN_MS), 3)
    box.event(EventKind.MEDIA_LOST, BEGAN_MS + 3_500, "1006")

    again = BlackBox.resumed(box.encode())
    again.event(EventKind.RESUMED, BEGAN_MS + 5_000)
    lived(again, 2, first=6)

    recording = decode(again.encode())
    assert [(event.at_ms, event.kind) for event in recording.events] == [(3_500, "media_lost"), (5_000, "resumed")]
    assert [second.at_ms for second in recording.seconds] == [1_000, 2_000, 3_000, 6_000, 7_000]


def test_what_has_happened_is_known_after_a_move() -> None:
    """By its kind, and by its detail where that matters."""
    box = BlackBox(BEGAN_MS)
    box.event(EventKind.FLAG, BEGAN_MS, "one_way in")
    again = BlackBox.resumed(box.encode())
    assert again.has(EventKind.FLAG)
    assert again.has(EventKind.FLAG, "one_way in")
    assert not again.has(EventKind.FLAG, "one_way out")
    assert not again.has(EventKind.RESUMED)


def test_a_clock_that_went_back_does_not_go_before_the_call() -> None:
    """Replicas' clocks differ; 49 days is as long as a call can be told."""
    box = BlackBox(BEGAN_MS)
    box.event(EventKind.RESUMED, BEGAN_MS - 5)
    box.second(BEGAN_MS + 2**40, heard_dbov=None, said_dbov=None)
    recording = decode(box.encode())
    assert recording.events[0].at_ms == 0
    assert recording.seconds[0].at_ms == 2**32 - 1


def test_figures_beyond_their_room_are_the_most_there_is() -> None:
    """A queue of an hour is a queue of a minute and more."""
    box = BlackBox(BEGAN_MS)
    box.second(
        BEGAN_MS, heard_dbov=None, said_dbov=None, jitter_ms=1e9, gap_frames=-1, latency_ms=10**9, queue_ms=10**9
    )
    assert decode(box.encode()).seconds == [BoxSecond(0, 1, None, None, 65_535, 0, 65_535, 65_535)]


def test_an_old_second_is_merged_to_make_room_and_nothing_is_forgotten() -> None:
    """The oldest become coarser, the latest stay as they are; spans and gaps add up, the rest is the worst."""
    box = BlackBox(BEGAN_MS, max_seconds=8)
    box.second(BEGAN_MS + 1_000, heard_dbov=-50, said_dbov=None, jitter_ms=5, gap_frames=1, latency_ms=1, queue_ms=30)
    box.second(BEGAN_MS + 2_000, heard_dbov=-40, said_dbov=-60, jitter_ms=3, gap_frames=2, latency_ms=9, queue_ms=20)
    lived(box, 7, first=3)

    seconds = decode(box.encode()).seconds

    assert seconds[0] == BoxSecond(2_000, 2, -40, -60, 50, 3, 9, 30)
    assert [second.span_s for second in seconds] == [2, 1, 1, 1, 1, 1, 1, 1]
    lived(box, 9, first=10)
    spans = [second.span_s for second in decode(box.encode()).seconds]
    assert (spans[:2], spans[-2:], sum(spans), len(spans)) == ([4, 4], [1, 1], 18, 8)


@given(st.integers(1, 12), st.integers(0, 200))
def test_seconds_add_up_however_many_there_were(room: int, seconds: int) -> None:
    """In order, no more than there is room for, none lost."""
    kept = decode(lived(BlackBox(BEGAN_MS, max_seconds=2 * room), seconds).encode()).seconds
    assert len(kept) == min(seconds, 2 * room)
    assert sum(second.span_s for second in kept) == sum(second.gap_frames for second in kept) == seconds
    assert [second.at_ms for second in kept] == sorted({second.at_ms for second in kept})
    if seconds:
        assert kept[-1].at_ms == 1_000 * seconds


def test_the_end_of_a_long_call_is_sharp() -> None:
    """Of four hours, the latest ten minutes are second by second, and the rest by a quarter of a minute at worst."""
    seconds = decode(lived(BlackBox(BEGAN_MS), 14_400).encode()).seconds
    assert all(second.span_s == 1 for second in seconds[-10 * 60 :])
    assert 1 < max(second.span_s for second in seconds) <= 16
    assert len(seconds) == MAX_SECONDS


def test_of_too_many_events_the_first_and_the_last_are_kept() -> None:
    """How it began and how it ended."""
    box = BlackBox(BEGAN_MS)
    for number in range(300):
        box.event(EventKind.DIGIT, BEGAN_MS + number)
    recording = decode(box.encode())
    times = [event.at_ms for event in recording.events]
    assert times == [*range(64), *range(108, 300)]
    assert recording.left_out == 44
    assert decode(BlackBox.resumed(box.encode()).encode()).left_out == 44


def test_a_full_box_is_within_its_limit() -> None:
    """The longest call with the most to tell: 64 KiB, encoded."""
    box = lived(BlackBox(BEGAN_MS), MAX_SECONDS + 10)
    for _ in range(300):
        box.event(EventKind.FIRST_AUDIO_OUT, BEGAN_MS + 2**40, "€" * 100)
    assert 0.8 * LIMIT_BYTES < len(box.encode()) <= LIMIT_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"\xc1",
        msgspec.msgpack.encode([]),
        msgspec.msgpack.encode([1, 2]),
        msgspec.msgpack.encode([1, 0, 0, [[0, "sneeze", ""]], b""]),
        msgspec.msgpack.encode([1, 0, 0, [], b"odd"]),
    ],
    ids=["empty", "json", "not msgpack", "nothing", "short", "unknown event", "odd seconds"],
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    """With an error that names it, wherever it is read."""
    with pytest.raises(RecordingError, match="not a black box"):
        decode(data)
    with pytest.raises(RecordingError):
        BlackBox.resumed(data)


def test_another_version_is_named() -> None:
    """A rolling upgrade mixes replicas; none may read the other's figures as its own."""
    data = msgspec.msgpack.encode([2, "whatever comes"])
    with pytest.raises(RecordingError, match="version 2; this gateway reads version 1"):
        decode(data)
