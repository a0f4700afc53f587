from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.sandbox.counterparts.screenplay import Line, Screenplay, Spoken
from gateway.sandbox.options import Timing
from tests.sandbox.clients import Desk, desk
from tests.sandbox.wire import missing_keys, response_sample

SCRIPT = Screenplay(
    (
        Spoken(Line("My router is broken", "customer", "en", at_s=0), b""),
        Spoken(Line("I am happy to help", "agent", "en", at_s=0), b""),
    )
)


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="script", screenplay=SCRIPT, timing=Timing(finishing_s=0)) as opened:
        yield opened


async def ended(it: Desk) -> Any:
    """A session in which two turns were said."""
    session = await it.create()
    await it.speak(session, ("customer", b"\xff" * 800), ("customer", b"\xff" * 800))
    await it.http.post(f"/sessions/{session['id']}/end")
    return session


async def test_an_analysis_is_queued_and_completed_from_the_transcript(it: Desk) -> None:
    """202 and its id, then what was asked for, and how it was come by."""
    session = await ended(it)
    body = {"profile": "default", "include": ["summary", "sentiment", "keywords"]}
    queued = await it.http.post(f"/sessions/{session['id']}/analysis", json=body)
    done = await it.finished(f"/analyses/{queued.json()['id']}")

    assert queued.status_code == 202
    assert missing_keys(response_sample("analysis_queued"), queued.json()) == []
    assert (done["status"], done["error"], done["session_id"]) == ("completed", None, session["id"])
    assert "My router is broken" in done["summary"]
    assert done["sentiment"] == {"customer": "negative", "agent": "positive"}
    assert "router" in done["keywords"]
    assert "compliance" not in done
    assert set(done["methods"]) == {"summary", "sentiment", "keywords"}


async def test_an_analysis_costs_a_credit_and_heeds_the_idempotency_key(it: Desk) -> None:
    """One analysis, one credit, however often it is asked for with a key."""
    session = await ended(it)
    path, key = f"/sessions/{session['id']}/analysis", {"Idempotency-Key": "a-1"}
    first = await it.http.post(path, headers=key)
    second = await it.http.post(path, headers=key)

    assert (first.content, first.status_code) == (second.content, 202)
    assert first.headers["x-api-credits-used"] == second.headers["x-api-credits-used"] == "2"
    await it.tool("POST", "/sandbox/credits", json={"remaining": 0})
    broke = await it.http.post(path)
    assert (broke.status_code, broke.json()["error"]["code"]) == (402, "insufficient_api_credits")


async def test_a_transcript_in_progress_is_409(it: Desk) -> None:
    """There is nothing to analyse yet."""
    session = await it.create()
    answer = await it.http.post(f"/sessions/{session['id']}/analysis", json={})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "transcript_not_ready")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"include": ["mood"]}, 422, id="unknown part"),
        pytest.param({"include": "summary"}, 422, id="no list"),
        pytest.param({"profile": ""}, 422, id="no profile"),
        pytest.param([], 400, id="no object"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(it: Desk, body: object, status: int) -> None:
    """Before anything is paid for."""
    session = await ended(it)
    answer = await it.http.post(f"/sessions/{session['id']}/analysis", json=body)

    assert (answer.status_code, answer.headers["x-api-credits-used"]) == (status, "1")


async def test_an_analysis_can_be_made_to_fail(it: Desk) -> None:
    """As Kallglot's might."""
    session = await ended(it)
    await it.tool("POST", "/sandbox/faults", json={"on": "analysis", "message": "Out of ideas."})
    queued = await it.http.post(f"/sessions/{session['id']}/analysis")
    done = await it.finished(f"/analyses/{queued.json()['id']}")

    assert (done["status"], done["error"]) == ("failed", "Out of ideas.")


async def test_an_unknown_analysis_is_404(it: Desk) -> None:
    """With a code of its own."""
    answer = await it.http.get("/analyses/anl_0")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "analysis_not_found")
