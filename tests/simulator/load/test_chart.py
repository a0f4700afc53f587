import xml.etree.ElementTree as ET

import pytest

from gateway.simulator.load.chart import Series, line_chart


def drawn(chart: str) -> ET.Element:
    return ET.fromstring(chart)  # noqa: S314 - our own


def test_a_chart_is_whole_markup_that_loads_nothing() -> None:
    """A path and a dot with its value for each line; names are escaped."""
    chart = line_chart(
        "Delay <&>", "ms", [Series("p50", [(0, 1), (1, 2)]), Series("p99", [(0, 3), (1, 9.5)])], last_s=1
    )
    figure = drawn(chart)
    assert len(figure.findall("./svg/path")) == 2
    assert [title.text for title in figure.iter("title")] == [
        "p50, 0 s: 1",
        "p50, 1 s: 2",
        "p99, 0 s: 3",
        "p99, 1 s: 9.5",
    ]
    assert "Delay <&>" in "".join(figure.itertext())
    assert "http" not in chart


def test_a_second_without_a_value_is_a_gap() -> None:
    """Nobody is shown a line where nothing was measured."""
    figure = drawn(line_chart("x", "ms", [Series("a", [(0, 1), (1, 1), (5, 1), (6, 1)])], last_s=6))
    [path] = figure.findall("./svg/path")
    assert path.get("d", "").count("M") == 2


@pytest.mark.parametrize(
    ("most", "labels"),
    [(0, ["0", "1"]), (7, ["0", "2", "4", "6", "8"]), (0.04, ["0", "0.01", "0.02", "0.03", "0.04"]), (1000, None)],
)
def test_the_scale_has_round_values(most: float, labels: list[str] | None) -> None:
    """From nothing to the first that is not too small."""
    figure = drawn(line_chart("x", "ms", [Series("a", [(0, 0), (1, most)])], last_s=1))
    found = [text.text for text in figure.iter("text") if text.get("text-anchor") == "end"]
    assert found == (labels or ["0", "250", "500", "750", "1000"])


def test_nothing_is_said_to_be_nothing() -> None:
    """A chart without a line would look like one whose line is at 0."""
    assert "Nothing was measured." in line_chart("x", "ms", [Series("a", [])], last_s=1)


def test_charts_end_together_whatever_was_measured_until_then() -> None:
    """One under the other they are read: the same second is at the same place."""
    series = [Series("a", [(0, 1), (5, 1)])]
    long, short = (drawn(line_chart("x", "ms", series, last_s=last_s)) for last_s in (10, 5))
    places = [[float(dot.get("cx", "")) for dot in figure.iter("circle")] for figure in (long, short)]

    assert places[0][0] == places[1][0]
    assert places[0][1] - places[0][0] == (places[1][1] - places[1][0]) / 2


def test_a_load_of_one_second_has_a_chart() -> None:
    """Its dot is at its beginning."""
    [dot] = drawn(line_chart("x", "ms", [Series("a", [(0, 1)])], last_s=0)).iter("circle")

    assert float(dot.get("cx", "")) == 56
