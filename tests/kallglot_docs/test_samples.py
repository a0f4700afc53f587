"""Every JSON sample of the documents, taken by the sandbox or made by it as printed.

What differs from one session to the next (ids, tokens, hosts, times, sums) is compared by its form alone.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.sandbox.counterparts.screenplay import Line, Screenplay, Spoken
from gateway.sandbox.counterparts.sound import tone
from gateway.sandbox.organization import Connection, Organization
from tests.sandbox.clients import Desk, desk, receive_until, stream
from tests.sandbox.wire import REQUESTS, request_sample, response_sample

STREAM = Path(__file__).parent.parent / "data" / "kallglot" / "stream"
OF_A_SESSION = {"id", "session_id", "url", "token", "duration_seconds", "total_turns"}
ORDER = Line(
    "Ich möchte meine Bestellung ändern",
    "customer",
    "de",
    "I want to change my order",
    confidence=0.96,
    at_s=0,
)
ORGANIZATION = Organization(connections=(Connection("pcon_01HXYZ", default=True, phone_number="+14155551234"),))


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    script = Screenplay((Spoken(ORDER, tone(20)),))
    async with desk(counterpart="script", screenplay=script, organization=ORGANIZATION) as opened:
        yield opened


def as_printed(sample: Any, answer: Any) -> Any:
    """The answer, cut down to what the sample prints, with the sample's own ids and times where the forms agree."""
    if isinstance(sample, dict):
        return {key: _field(key, value, answer[key]) for key, value in sample.items()}
    if isinstance(sample, list):
        return [as_printed(sample[0], item) for item in answer]
    return answer


def _field(key: str, printed: Any, found: Any) -> Any:
    if key.endswith("_at") or key == "timestamp":
        assert (found is None) == (printed is None)
        assert found is None or len(found) == len(printed)
        return printed
    if key in OF_A_SESSION and printed is not None:
        if isinstance(printed, str):
            # `sess_…`, `kst_live_…` and `wss://…`; ours are of a test key and on loopback.
            assert found.split("_")[0].replace("ws:", "wss:")[:4] == printed.split("_")[0][:4]
        else:
            assert isinstance(found, int | float)
        return printed
    return as_printed(printed, found)


@pytest.mark.parametrize("name", REQUESTS)
async def test_every_printed_create_is_taken(it: Desk, name: str) -> None:
    """By an organization whose default connection is Twilio's."""
    answer = await it.http.post("/sessions", json=request_sample(name))

    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("request_name", "response_name"),
    [
        pytest.param("create_reference", "overview", id="overview"),
        pytest.param("create_reference", "create_reference", id="create reference"),
        pytest.param("create_quickstart", "create_quickstart", id="quick start"),
    ],
)
async def test_every_printed_create_answer_is_made(it: Desk, request_name: str, response_name: str) -> None:
    """Provider and number of the default route, languages, `"call": null`, `"recording": {"enabled": false}`."""
    answer = (await it.http.post("/sessions", json=request_sample(request_name))).json()
    sample = response_sample(response_name)

    assert as_printed(sample, answer) == sample
    assert answer["recording"] == {"enabled": False}


async def test_the_printed_error_is_made(it: Desk) -> None:
    """Code, message, type and param, word for word."""
    sample = response_sample("error")

    assert as_printed(sample, (await it.http.post("/sessions", json={})).json()) == sample


async def test_the_printed_list_of_agents_is_made(it: Desk) -> None:
    """One agent of that name."""
    await it.http.post("/agents", json={"name": "Support"})
    sample = response_sample("agents")

    assert as_printed(sample, (await it.http.get("/agents?limit=20")).json()) == sample


async def test_the_printed_session_is_made_from_its_stream_to_its_transcript(it: Desk) -> None:
    """The quick start, start to end: messages, summary, transcript."""
    session = (await it.http.post("/sessions", json=request_sample("create_quickstart"))).json()
    async with stream(session) as socket:
        await socket.send((STREAM / "audio_input.json").read_text())
        *before, output = await receive_until(socket, "audio.output")
        final = before[-1]
        ended = await it.http.post(f"/sessions/{session['id']}/end")
        closing = (await receive_until(socket, "session.ended"))[-1]
    transcript = (await it.http.get(f"/sessions/{session['id']}/transcript")).json()

    assert output["audio"]["payload"]
    assert (final["speaker"], final["text"]) == ("customer", ORDER.text)
    assert final["translation"]["text"] == ORDER.translation
    assert closing["reason"] == "explicit_end"
    summary, turns = response_sample("end"), response_sample("transcript")
    assert as_printed(summary, ended.json()) == summary
    assert as_printed(turns, transcript) == turns


async def test_the_retrieved_session_is_made(it: Desk) -> None:
    """Active, recorded, with its metadata and its start."""
    body = {
        **request_sample("create_customer"),
        "source_language": "de",
        "target_language": "en",
        "recording": {},
    }
    session = (await it.http.post("/sessions", json=body)).json()
    async with stream(session) as socket:
        await socket.send((STREAM / "audio_input.json").read_text())
        await receive_until(socket, "transcript.final")
        found = (await it.http.get(f"/sessions/{session['id']}")).json()
    sample = response_sample("retrieve")

    assert as_printed(sample, found) == sample


@pytest.mark.parametrize("path", sorted(STREAM.glob("audio_input*.json")), ids=lambda path: path.stem)
def test_the_printed_audio_input_is_what_is_sent_here(path: Path) -> None:
    """Its keys are those of the quick start's `sendAudio`."""
    message = json.loads(path.read_bytes())

    assert list(message) == ["type", "sequence", "timestamp_ms", "speaker", "audio"]
    assert list(message["audio"]) == ["encoding", "sample_rate_hz", "payload"]
