"""What a transcript tells of a conversation, by means that anybody can check. Sans-I/O: no model, only counting.

Documents: "Request an analysis" and "Retrieve an analysis". `methods` in the result is ours: it says of each part how
it was come by, so that nobody takes a word list for an opinion.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.sandbox.lexicon import NEGATIVE, POSITIVE, SENSITIVE, STOP_WORDS
from gateway.sandbox.plans import one_of
from gateway.sandbox.times import iso8601
from gateway.sandbox.transcript import Turn


class Part(StrEnum):
    """What may be asked for."""

    SUMMARY = "summary"
    SENTIMENT = "sentiment"
    COMPLIANCE = "compliance"
    KEYWORDS = "keywords"
    PERFORMANCE = "performance"


METHODS: Mapping[Part, str] = {
    Part.SUMMARY: "extractive: the first and the last turn of each speaker",
    Part.SENTIMENT: "word list (en, de, es): more good words than bad ones, or fewer",
    Part.COMPLIANCE: "patterns: card numbers and words for secrets, in what was said",
    Part.KEYWORDS: "the most frequent words of four letters and more that are no stop words",
    Part.PERFORMANCE: "the agent's share of the turns: 100 for half of them, 0 for none or all",
}
KEYWORDS = 8


class AnalysisStatus(StrEnum):
    """How far it is."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class AnalysisRequest(Struct):
    """The body that asks for one; it may be left out."""

    profile: Annotated[str, Meta(min_length=1)] = "default"
    include: list[Annotated[str, one_of(Part)]] | None = None
    """Left out: everything."""


class Sentiment(Struct):
    """How either side sounded, in a word."""

    customer: str
    agent: str


class Compliance(Struct):
    """What ought not to have been said."""

    status: Literal["passed", "flagged"]
    flags: list[str]


class Performance(Struct):
    """How the agent did."""

    score: int


class Analysis(Struct, kw_only=True):
    """An analysis, complete or not."""

    id: str
    object: Literal["analysis"] = "analysis"
    session_id: str
    call_id: str | None = None
    profile: str
    include: list[str]
    """The parts that were asked for."""
    status: AnalysisStatus = AnalysisStatus.PROCESSING
    summary: str | UnsetType | None = UNSET
    sentiment: Sentiment | UnsetType | None = UNSET
    keywords: list[str] | UnsetType | None = UNSET
    compliance: Compliance | UnsetType | None = UNSET
    performance: Performance | UnsetType | None = UNSET
    methods: dict[str, str] | UnsetType = UNSET
    error: str | None = None
    created_at: str
    completed_at: str | None = None


def complete(analysis: Analysis, turns: Sequence[Turn], unix_ms: int) -> None:
    """Fill in what was asked for."""
    parts = analysis.include
    if Part.SUMMARY in parts:
        analysis.summary = summarize(turns)
    if Part.SENTIMENT in parts:
        analysis.sentiment = Sentiment(customer=_mood(turns, agent=False), agent=_mood(turns, agent=True))
    if Part.KEYWORDS in parts:
        analysis.keywords = keywords(turns)
    if Part.COMPLIANCE in parts:
        flags = _flags(turns)
        analysis.compliance = Compliance("flagged" if flags else "passed", flags)
    if Part.PERFORMANCE in parts:
        analysis.performance = Performance(_score(turns))
    analysis.methods = {part: METHODS[part] for part in Part if part in parts}
    analysis.status = AnalysisStatus.COMPLETED
    analysis.completed_at = iso8601(unix_ms)


def fail(analysis: Analysis, why: str, unix_ms: int) -> None:
    """It came to nothing."""
    analysis.status = AnalysisStatus.FAILED
    analysis.error = why
    analysis.completed_at = iso8601(unix_ms)


def summarize(turns: Sequence[Turn]) -> str:
    """Who said what first and last."""
    if not turns:
        return "Nobody said anything."
    by_speaker: dict[str, list[str]] = {}
    for turn in turns:
        by_speaker.setdefault(turn.speaker, []).append(turn.text)
    said = [
        f"{speaker}: {texts[0]}" + (f" … {texts[-1]}" if len(texts) > 1 else "")
        for speaker, texts in by_speaker.items()
    ]
    return f"{len(turns)} turns. " + " | ".join(said)


def keywords(turns: Sequence[Turn]) -> list[str]:
    """The words that came most often; of equals, the one that came first."""
    counted = Counter(word for turn in turns for word in _words(turn.text) if len(word) > 3 and word not in STOP_WORDS)
    return [word for word, _ in counted.most_common(KEYWORDS)]


def _mood(turns: Sequence[Turn], *, agent: bool) -> str:
    words = [word for turn in turns if (turn.speaker == "agent") is agent for word in _words(turn.text)]
    balance = sum((word in POSITIVE) - (word in NEGATIVE) for word in words)
    return "positive" if balance > 0 else "negative" if balance < 0 else "neutral"


def _flags(turns: Sequence[Turn]) -> list[str]:
    flags = []
    for turn in turns:
        if _CARD.search(turn.text):
            flags.append(f"turn {turn.sequence}: a card number")
        flags += [f"turn {turn.sequence}: '{word}'" for word in _words(turn.text) if word in SENSITIVE]
    return flags


def _score(turns: Sequence[Turn]) -> int:
    if not turns:
        return 0
    share = sum(turn.speaker == "agent" for turn in turns) / len(turns)
    return round(100 * (1 - abs(2 * share - 1)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


_WORD = re.compile(r"[^\W\d_]+")
_CARD = re.compile(r"\b(?:\d[ -]?){13,16}\b")
