import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.blackbox import BoxSecond, Recording
from gateway.web.console.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, charts


def second(
    at_s: int,
    heard: int | None = -30,
    said: int | None = None,
    jitter: int = 0,
    gaps: int = 0,
    latency: int = 0,
    queue: int = 0,
    span: int = 1,
) -> BoxSecond:
    return BoxSecond(at_s * 1000, span, heard, said, jitter, gaps, latency, queue)


def drawn(seconds: Sequence[BoxSecond]) -> dict[str, Chart]:
    return {chart.key: chart for chart in charts(Recording(0, (), seconds, 0))}


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_a_call_of_no_second_has_no_charts() -> None:
    assert charts(Recording(0, (), (), 0)) == ()


def test_levels_lie_between_sixty_below_and_full_scale() -> None:
    """The loudest at the top, the inaudible at the bottom."""
    caller, kallglot = drawn([second(1, heard=-90), second(2, heard=0, said=-30)])["levels"].lines
    quiet, loud = points(caller.path)
    assert (quiet[1], loud[1]) == (HEIGHT - BOTTOM, TOP)
    assert points(kallglot.path) == [(WIDTH - RIGHT, (TOP + HEIGHT - BOTTOM) / 2)]


def test_without_audio_a_line_has_a_hole() -> None:
    """And a lone second is a dot, which a line of no length is."""
    (caller, kallglot) = drawn([second(1), second(2, heard=None), second(3), second(4)])["levels"].lines
    assert re.match(r"M[\d. ]+h0M", caller.path)
    assert caller.path.count("M") == 2
    assert caller.path.count("L") == 1
    assert (kallglot.path, kallglot.summary) == ("", "no audio")


@pytest.mark.parametrize(
    ("jitter_tenths", "labels"),
    [
        (0, ["0", "0.5", "1"]),
        (31, ["0", "1", "2", "3", "4"]),
        (4_000, ["0", "100", "200", "300", "400"]),
        (65_535, ["0", "2000", "4000", "6000", "8000"]),
    ],
)
def test_the_scale_has_round_numbers(jitter_tenths: int, labels: list[str]) -> None:
    """And there is always one that nothing is above."""
    chart = drawn([second(1, jitter=jitter_tenths)])["jitter"]
    assert [tick.label for tick in chart.y_ticks] == labels


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (3, ["0:00", "0:01", "0:02", "0:03"]),
        (90, ["0:00", "0:30", "1:00", "1:30"]),
        (7_300, ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"]),
    ],
)
def test_the_time_has_few_marks(seconds: int, labels: list[str]) -> None:
    """At most six, which fit side by side on a telephone."""
    chart = drawn([second(at) for at in range(1, seconds + 1)])["jitter"]
    assert [tick.label for tick in chart.x_ticks] == labels


def test_of_seconds_that_share_a_point_the_worst_is_shown() -> None:
    """One bad second of an hour is not lost."""
    seconds = [second(at, latency=900 if at == 1801 else 3) for at in range(1, 3601)]
    path = drawn(seconds)["latency"].lines[0].path
    heights = [y for _, y in points(path)]
    assert len(heights) <= 300
    assert heights.count(min(heights)) == 1
    assert min(heights) < HEIGHT / 2 < max(heights)


def test_missing_audio_is_told_per_second() -> None:
    """Of seconds that were merged, too."""
    chart = drawn([second(1, gaps=5), second(3, gaps=5, span=2)])["gaps"]
    assert chart.lines[0].summary == "median 75 ms/s, highest 100 ms/s at 0:01"


def test_a_line_is_told_in_words() -> None:
    """For who listens to the page."""
    seconds = [
        second(1, heard=-40),
        second(2, heard=-20, jitter=25),
        second(3, heard=None),
        second(5, heard=-127, span=2),
    ]
    levels, jitter, *_ = drawn(seconds).values()
    assert levels.title == "Levels, dBov"
    assert levels.lines[0].summary == "highest -20 dBov at 0:02, silent for 0:03"
    assert jitter.lines[0].summary == "median 0 ms, highest 2.5 ms at 0:02"


@given(
    st.lists(
        st.builds(
            second,
            st.integers(0, 4_000_000),
            st.none() | st.integers(-127, 0),
            st.none() | st.integers(-127, 0),
            *(st.integers(0, 65_535) for _ in range(5)),
        ),
        max_size=12,
    )
)
def test_whatever_was_recorded_is_drawn_inside_the_picture(seconds: list[BoxSecond]) -> None:
    """A recording of a broken clock is no broken page."""
    seconds = [BoxSecond(s.at_ms, max(1, s.span_s), *_rest(s)) for s in sorted(seconds, key=lambda s: s.at_ms)]
    for chart in drawn(seconds).values():
        assert len(chart.x_ticks) < 1_000
        for line in chart.lines:
            for x, y in points(line.path):
                assert LEFT <= x <= WIDTH - RIGHT
                assert TOP <= y <= HEIGHT - BOTTOM


def _rest(s: BoxSecond) -> tuple[int | None, int | None, int, int, int, int]:
    return s.heard_dbov, s.said_dbov, s.jitter_tenths_ms, s.gap_frames, s.latency_ms, s.queue_ms
