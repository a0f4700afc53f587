"""The console's pages. Everything that is shown goes through Jinja2's escaping, and nothing in them is a script."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.calls import FAULT_OF
from gateway.telemetry.explain import explain
from gateway.telemetry.redact import redact_text
from gateway.web.console import charts
from gateway.web.console.story import Story
from gateway.web.console.timeline import duration, moments
from gateway.web.console.wording import end_words, rating

_FIGURES: Mapping[str, str] = {
    "frames_in": "Frames from the caller",
    "gap_frames": "Frames missing",
    "reordered": "Frames out of order",
    "duplicates": "Frames twice",
    "late": "Frames too late",
    "stalls": "Stalls",
    "concealed_ms": "Silence put in, ms",
    "frames_out": "Frames to the caller",
    "heard_ms": "Heard by the caller, ms",
    "underruns": "Underruns",
    "clears": "Interruptions",
    "digits": "Keys pressed",
}
"""What is told of a call's figures, in this order."""

_environment = Environment(
    loader=PackageLoader("gateway.web.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def live_page() -> str:
    """The calls that are live; what is on it comes with the events."""
    return _environment.get_template("live.html").render()


def call_page(story: Story) -> str:
    """One call's likely cause, timeline and charts."""
    explanation = explain(story.recording, story.reason, story.figures)
    return _environment.get_template("call.html").render(
        story=story,
        route=redact_text(story.route),
        end="" if story.reason is None else end_words(story.reason),
        fault="" if story.reason is None else FAULT_OF[story.reason],
        began=datetime.fromtimestamp(story.began_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        lasted=duration(int(story.seconds)),
        explanation=explanation,
        scores=list(_scores(story)),
        moments=moments(story.recording),
        left_out=story.recording.left_out,
        charts=charts.charts(story.recording),
        picture=charts,
        figures=[(words, story.figures.get(name, 0)) for name, words in _FIGURES.items()],
    )


def _scores(story: Story) -> Iterator[tuple[str, str, str]]:
    """Each direction that had something to hear, with its mean opinion score in figures and in a word."""
    if story.health is not None:
        for name, quality in (("Kallglot hears", story.health.heard), ("The caller hears", story.health.said)):
            if quality.mos is not None:
                yield name, f"{quality.mos:.1f}", rating(quality.mos)


def trouble_page(title: str, sentence: str) -> str:
    """Instead of a call's page."""
    return _environment.get_template("trouble.html").render(title=title, sentence=sentence)
