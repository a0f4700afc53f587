import json

import msgspec

from gateway.sandbox.journal import Journal
from gateway.sandbox.objects import end_object, session_object, stream_object, transcript_object
from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.session import Session
from gateway.sandbox.tokens import StreamToken
from gateway.sandbox.transcript import Translation
from tests.sandbox.wire import missing_keys, response_sample

CREATED_MS = 1_774_522_800_000
"""2026-03-26T11:00:00Z."""


def session() -> Session:
    return Session("sess_01HXYZ", SessionPlan("ai_agent"), CREATED_MS, Journal(keep_audio=True))


def test_a_stream_url_keeps_the_security_of_the_api_s() -> None:
    """`https` becomes `wss`, `http` becomes `ws`; the token is not in it."""
    token = StreamToken("kst_live_x", CREATED_MS)
    secure = stream_object("https://api.kallglot.com", "sess_01HXYZ", token)
    plain = stream_object("http://127.0.0.1:8400", "sess_01HXYZ", token)

    assert secure.url == "wss://api.kallglot.com/v1/sessions/sess_01HXYZ/connect"
    assert plain.url == "ws://127.0.0.1:8400/v1/sessions/sess_01HXYZ/connect"
    assert (secure.token, secure.expires_at) == ("kst_live_x", "2026-03-26T11:00:00Z")


def test_an_ended_session_has_no_stream() -> None:
    """The key is absent, not null: there is no way in any more."""
    it = session()
    it.ending()
    it.ended(CREATED_MS + 60_000)
    answer = json.loads(msgspec.json.encode(session_object(it, None)))

    assert "stream" not in answer
    assert (answer["status"], answer["started_at"], answer["ended_at"]) == ("ended", None, "2026-03-26T11:01:00Z")


def test_the_summary_tells_tenths_of_a_second() -> None:
    """As the reference's `245.3`."""
    it = session()
    it.opened()
    it.heard(CREATED_MS)
    it.ending()
    it.ended(CREATED_MS + 245_320)
    answer = json.loads(msgspec.json.encode(end_object(it, CREATED_MS + 999_000)))

    assert answer["duration_seconds"] == 245.3
    assert missing_keys(response_sample("end"), answer) == []


def test_a_transcript_is_in_progress_until_the_session_ends() -> None:
    """Its turns are there as they are said, in the documented form."""
    it = session()
    it.said("customer", "Hallo", CREATED_MS, language="de", translation=Translation("en", "Hello"), confidence=0.96)
    so_far = transcript_object(it, CREATED_MS)
    it.ending()
    it.ended(CREATED_MS)
    answer = json.loads(msgspec.json.encode(transcript_object(it, CREATED_MS)))

    assert (so_far.status, answer["status"]) == ("in_progress", "completed")
    assert missing_keys(response_sample("transcript"), answer) == []
    assert answer["id"] == "trn_01HXYZ"
    assert answer["turns"][0]["timestamp"] == "2026-03-26T11:00:00Z"
    assert answer["metadata"] == {"total_turns": 1, "duration_seconds": 0.0, "languages_detected": ["de"]}
