import io
from collections.abc import AsyncIterator

import av
import pytest

from gateway.sandbox.counterparts.sound import tone
from gateway.sandbox.options import Timing
from tests.sandbox.clients import Desk, desk
from tests.sandbox.wire import missing_keys, response_sample


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute", timing=Timing(finishing_s=0)) as opened:
        yield opened


async def recorded(it: Desk, **recording: object) -> tuple[str, str]:
    """A session of two speakers that was recorded and has ended; its id and the recording's."""
    session = await it.create(recording=recording)
    assert session["recording"]["enabled"]
    await it.speak(session, ("customer", tone(400)), ("agent", tone(200)))
    await it.http.post(f"/sessions/{session['id']}/end")
    [listed] = (await it.http.get(f"/sessions/{session['id']}/recordings")).json()["data"]
    return session["id"], listed["id"]


@pytest.mark.parametrize(("mix_mode", "channels"), [("dual_channel", 2), ("mixed", 1)])
async def test_a_recording_is_the_session_s_own_audio(it: Desk, mix_mode: str, channels: int) -> None:
    """An MP3 of 8 kHz, as long as what was said, with the documented headers."""
    session_id, recording_id = await recorded(it, mix_mode=mix_mode)
    ready = await it.finished(f"/recordings/{recording_id}")
    audio = await it.http.get(f"/recordings/{recording_id}/audio")
    with av.open(io.BytesIO(audio.content), "r") as container:
        stream = container.streams.audio[0]
        found = (stream.rate, stream.layout.nb_channels)

    assert (ready["status"], ready["duration"], ready["channels"]) == ("ready", 0.4, channels)
    assert ready["download_url"] == f"/v1/recordings/{recording_id}/audio"
    assert found == (8000, channels)
    assert audio.headers["content-type"] == "audio/mpeg"
    assert int(audio.headers["content-length"]) == ready["size"] == len(audio.content)
    assert audio.headers["content-disposition"] == f'attachment; filename="recording-{session_id}.mp3"'


async def test_the_list_has_the_documented_shape(it: Desk) -> None:
    """Of that session only; empty before its end and where nothing is recorded."""
    session_id, _ = await recorded(it)
    other = await it.create()
    path = f"/sessions/{session_id}/recordings"
    listed = (await it.http.get(path)).json()
    empty = (await it.http.get(f"/sessions/{other['id']}/recordings")).json()

    assert missing_keys(response_sample("recordings"), listed) == []
    assert (listed["has_more"], listed["next_cursor"], listed["url"]) == (False, None, f"/v1{path}")
    assert empty["data"] == []


async def test_audio_waits_for_consent(it: Desk) -> None:
    """403 until it is granted."""
    session_id, recording_id = await recorded(it, consent_required=True)
    await it.finished(f"/recordings/{recording_id}")
    before = await it.http.get(f"/recordings/{recording_id}/audio")
    await it.tool("POST", f"/sandbox/sessions/{session_id}/consent", json={"state": "granted"})
    after = await it.http.get(f"/recordings/{recording_id}/audio")
    session = (await it.http.get(f"/sessions/{session_id}")).json()

    assert (before.status_code, before.json()["error"]["code"]) == (403, "recording_consent_required")
    assert after.status_code == 200
    assert session["recording"] == {"enabled": True, "consent_required": True, "consent_state": "granted"}


async def test_a_session_without_audio_has_a_failed_recording(it: Desk) -> None:
    """With its reason; there is nothing to download."""
    session = await it.create(recording={})
    await it.http.post(f"/sessions/{session['id']}/end")
    [listed] = (await it.http.get(f"/sessions/{session['id']}/recordings")).json()["data"]
    failed = await it.finished(f"/recordings/{listed['id']}")
    audio = await it.http.get(f"/recordings/{listed['id']}/audio")

    assert (failed["status"], failed["error"]) == ("failed", "The session received no audio.")
    assert audio.status_code == 409


async def test_an_unknown_recording_is_404(it: Desk) -> None:
    """Its metadata and its audio."""
    answers = [await it.http.get(f"/recordings/rec_0{suffix}") for suffix in ("", "/audio")]

    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {
        (404, "recording_not_found")
    }
