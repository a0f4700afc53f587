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
