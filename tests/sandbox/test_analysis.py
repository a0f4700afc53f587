import json
from typing import Any

import msgspec
import pytest

from gateway.sandbox.analysis import Analysis, AnalysisStatus, Part, complete, fail, keywords, summarize
from gateway.sandbox.transcript import Transcript, Turn

NOW_MS = 1_774_522_800_000


def turns(*said: tuple[str, str]) -> list[Turn]:
    transcript = Transcript()
    return [transcript.add(speaker, None, text, NOW_MS) for speaker, text in said]


def analysis(include: list[str]) -> Analysis:
    return Analysis(
        id="anl_1", session_id="sess_1", profile="default", include=include, created_at="2026-03-26T11:00:00Z"
    )


def shown(it: Analysis) -> Any:
    """As the API shows it."""
    return json.loads(msgspec.json.encode(it))


CALL = turns(
    ("customer", "My router is broken, this is a terrible problem"),
    ("agent", "I am happy to help, we will send a new router"),
    ("customer", "The router should come with Monday's delivery"),
    ("agent", "Perfect, thank you"),
)


def test_everything_that_is_asked_for_is_filled_in() -> None:
    """And of each part it says how it was come by."""
    it = analysis(list(Part))
    complete(it, CALL, NOW_MS)

    assert (it.status, it.completed_at) == (AnalysisStatus.COMPLETED, "2026-03-26T11:00:00Z")
    assert (shown(it)["sentiment"]["customer"], shown(it)["sentiment"]["agent"]) == ("negative", "positive")
    assert shown(it)["keywords"][0] == "router"
    assert (shown(it)["compliance"]["status"], shown(it)["compliance"]["flags"]) == ("passed", [])
    assert shown(it)["performance"]["score"] == 100
    assert set(shown(it)["methods"]) == set(Part)


def test_what_is_not_asked_for_is_absent() -> None:
    """Not null: it was never looked for."""
    it = analysis(["summary"])
    complete(it, CALL, NOW_MS)

    assert shown(it)["summary"] == summarize(CALL)
    assert shown(it)["methods"] == {"summary": "extractive: the first and the last turn of each speaker"}
    assert shown(it).keys().isdisjoint({"keywords", "sentiment", "compliance", "performance"})


def test_a_summary_is_what_was_said() -> None:
    """First and last of each."""
    assert summarize(turns(("customer", "Hallo"), ("agent", "Guten Tag"), ("customer", "Danke"))) == (
        "3 turns. customer: Hallo … Danke | agent: Guten Tag"
    )
    assert summarize([]) == "Nobody said anything."


def test_keywords_are_the_frequent_words() -> None:
    """No stop words, none of three letters."""
    assert keywords(turns(("agent", "The order, the big order with the invoice"))) == ["order", "invoice"]


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        pytest.param("It is 4242 4242 4242 4242, thanks", "turn 1: a card number", id="card"),
        pytest.param("my password is", "turn 1: 'password'", id="secret"),
    ],
)
def test_what_ought_not_to_be_said_is_flagged(text: str, flag: str) -> None:
    """By the number of its turn."""
    it = analysis(["compliance"])
    complete(it, turns(("customer", text)), NOW_MS)

    assert (shown(it)["compliance"]["status"], shown(it)["compliance"]["flags"]) == ("flagged", [flag])


def test_an_empty_transcript_is_analysed_too() -> None:
    """Nobody sounded like anything."""
    it = analysis(list(Part))
    complete(it, [], NOW_MS)

    assert (shown(it)["sentiment"]["customer"], shown(it)["performance"]["score"], shown(it)["keywords"]) == (
        "neutral",
        0,
        [],
    )


def test_an_analysis_can_fail() -> None:
    """With its reason."""
    it = analysis(["summary"])
    fail(it, "Out of ideas.", NOW_MS)

    assert (it.status, it.error, "summary" in shown(it)) == (AnalysisStatus.FAILED, "Out of ideas.", False)
