import re
from html.parser import HTMLParser

from gateway.simulator.load.page import page
from gateway.simulator.load.result import Result
from gateway.simulator.load.slo import Limit, Verdict
from gateway.simulator.load.tally import Figure, Tally
from gateway.simulator.load.usage import Usage


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_holds_everything_and_asks_for_nothing() -> None:
    """The report, each verdict, a chart for each thing that was measured, and no address to load from."""
    result = Result("twilio: 2 calls <&>", 1)
    for second in range(3):
        tally = Tally()
        tally.spreads[Figure.ADDED].add(1)
        result.add(tally.take(second, 0.1))
        result.second(second).usage = Usage(0.1 * second, 100)
    whole = page(result, [Verdict(Limit("lost", most=0), 3), Verdict(Limit("started", least=1), 3)])
    seen = Seen()
    seen.feed(whole)
    assert seen.tags.count("figure") == 9
    assert seen.tags.count("svg") == 5
    assert seen.addresses == ["data:,"]
    assert "<li class=broken>BROKEN: lost at most 0: 3</li><li>holds: started at least 1: 3</li>" in whole
    assert "twilio: 2 calls &lt;&amp;&gt;" in whole
    assert "<ul>" not in page(result, [])


def test_all_charts_end_with_the_load() -> None:
    """Set-ups are over while calls go on: their chart was drawn over fewer seconds, as wide as the others."""
    result = Result("twilio: 1 call", 1)
    for second in range(5):
        tally = Tally()
        if not second:
            tally.spreads[Figure.SETUP].add(40)
        result.add(tally.take(second, 0.1))
    labels = [re.findall(r">([\d.]+) s</text>", chart) for chart in page(result, []).split("<figure>")[1:3]]

    assert labels[0] == labels[1] == ["0", "1", "2", "3", "4"]


def _light(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_names_of_lines_and_broken_limits_can_be_read_by_day_and_by_night() -> None:
    """In the colours of their lines; text takes a contrast of 4.5 with the browser's own light and dark pages."""
    by_day, by_night = re.findall(r":root \{(.*?)\}", page(Result("", 1), []))
    for palette, paper in ((by_day, "#ffffff"), (by_night, "#121212")):
        colours = re.findall(r"--\w+: (#[0-9a-f]{6});", palette)
        assert len(colours) == 4
        for colour in colours:
            dark, light = sorted((_light(colour), _light(paper)))
            assert (light + 0.05) / (dark + 0.05) > 4.5, (colour, paper)
