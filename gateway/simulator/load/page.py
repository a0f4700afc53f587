"""The result of a load as one HTML page: a table, the verdicts, and charts, all inline. Sans-I/O."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

from gateway.simulator.load.chart import Series, line_chart
from gateway.simulator.load.result import Result, Second, lines
from gateway.simulator.load.slo import Verdict
from gateway.simulator.load.tally import Count, Figure

_STYLE = """
:root { color-scheme: light dark; --grid: #8884; --a: #2563eb; --b: #b45309; --c: #047857; --bad: #b91c1c; }
@media (prefers-color-scheme: dark) { :root { --a: #93c5fd; --b: #fbbf24; --c: #6ee7b7; --bad: #fca5a5; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } pre { overflow-x: auto; font-size: 13px; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(34rem, 100%), 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-weight: 600; } figcaption small { font-weight: 400; display: block; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; opacity: .75; }
.grid { stroke: var(--grid); } path { fill: none; stroke-width: 1.5; }
path.s0, .s0 { stroke: var(--a); } path.s1, .s1 { stroke: var(--b); } path.s2, .s2 { stroke: var(--c); }
circle { stroke-width: 0; } circle.s0 { fill: var(--a); } circle.s1 { fill: var(--b); } circle.s2 { fill: var(--c); }
.key { font-weight: 600; } .key.s0 { color: var(--a); } .key.s1 { color: var(--b); } .key.s2 { color: var(--c); }
.broken { color: var(--bad); font-weight: 600; }
"""


def page(result: Result, verdicts: Sequence[Verdict]) -> str:
    """The whole page; it asks for nothing from anywhere."""
    judged = "".join(
        f"<li{'' if verdict.holds else ' class=broken'}>{escape(str(verdict))}</li>" for verdict in verdicts
    )
    report = escape("\n".join(lines(result)[1:]))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<title>{escape(result.title)}</title><style>{_STYLE}</style></head><body><h1>{escape(result.title)}</h1>"
        f"<pre>{report}</pre>{f'<ul>{judged}</ul>' if judged else ''}<main>{''.join(_charts(result))}</main>"
        "</body></html>\n"
    )


def _charts(result: Result) -> list[str]:
    chart = partial(line_chart, last_s=float(max(0, len(result.seconds) - 1)))
    cpu = list(result.cpu().items())
    return [
        chart("Calls at once", "calls", [_of(result, "calls", lambda second: float(second.active))]),
        chart("Set-up", "ms", _quantiles(result, Figure.SETUP)),
        chart("Added delay", "ms", _quantiles(result, Figure.ADDED)),
        chart("There and back", "ms", _quantiles(result, Figure.ROUND_TRIP)),
        chart("Jitter", "ms", _quantiles(result, Figure.JITTER)),
        chart(
            "Losses",
            "a second",
            [
                _of(result, "ms of audio missing", lambda second: float(second.counts[Count.LOST_MS])),
                _of(result, "calls lost or refused", _failures),
                _of(result, "frames discarded", lambda second: float(second.counts[Count.DISCARDED])),
            ],
        ),
        chart(
            "CPU",
            "cores",
            [Series("gateway", cpu), _of(result, "busiest process of the generator", lambda second: second.busiest)],
        ),
        chart("Memory of the gateway", "MiB", [_of(result, "resident", _memory)]),
        chart("Lateness of the generator", "ms", _quantiles(result, Figure.LATENESS)),
    ]


def _failures(second: Second) -> float:
    return float(second.counts[Count.LOST] + second.counts[Count.REFUSED])


def _memory(second: Second) -> float | None:
    return second.usage.memory_mib if second.usage is not None else None


def _of(result: Result, name: str, value: Callable[[Second], float | None]) -> Series:
    points = [(float(number), value(second)) for number, second in enumerate(result.seconds)]
    return Series(name, [(x, y) for x, y in points if y is not None])


def _quantiles(result: Result, figure: Figure) -> list[Series]:
    def quantile(share: float) -> Callable[[Second], float | None]:
        return lambda second: second.spreads[figure].quantile(share) if figure in second.spreads else None

    return [_of(result, label, quantile(share)) for label, share in (("p50", 0.5), ("p99", 0.99))]
