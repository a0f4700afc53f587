import base64
import json
from typing import Any

import pytest

from gateway.sandbox.conversation import Action, Announce, Close, Conversation, Moment, Send
from gateway.sandbox.counterparts.base import Counterpart, Final, Partial, Reply, Say
from gateway.sandbox.counterparts.echo import Echo
from gateway.sandbox.counterparts.tone import Tone
from gateway.sandbox.events import EventType
from gateway.sandbox.journal import Journal, Sent, SocketId
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.messages import OutputAudio
from gateway.sandbox.mouth import Voice
from gateway.sandbox.plans import RecordingPlan, SessionPlan
from gateway.sandbox.playout import Delivery
from gateway.sandbox.session import Session
from gateway.sandbox.transcript import Translation
from tests.sandbox.wire import audio_input

A, B, C = SocketId(1), SocketId(2), SocketId(3)
NOW = Moment(now_ms=1000, unix_ms=1_774_522_800_000)


class Scripted:
    """Says what it was told to, whatever it hears."""

    def __init__(self, *replies: Reply, last: tuple[Reply, ...] = ()) -> None:
        self._replies = replies
        self._last = last

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:
        return list(self._replies)

    def due(self, unix_ms: int) -> list[Reply]:
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        return list(self._last)


def conversation(counterpart: Counterpart | None = None, delivery: Delivery = Delivery.REALTIME) -> Conversation:
    plan = SessionPlan("bidirectional_translation", "de", "en")
    session = Session("sess_1", plan, NOW.unix_ms, Journal(keep_audio=True))
    return Conversation(session, counterpart or Echo(), Voice(delivery, 100))


def said(actions: list[Action]) -> list[tuple[SocketId, Any]]:
    """The messages among the actions."""
    return [(action.socket, json.loads(action.text)) for action in actions if isinstance(action, Send)]


def heard_by(actions: list[Action]) -> list[SocketId]:
    """Which sockets were sent audio, in order."""
    return [socket for socket, message in said(actions) if message["type"] == "audio.output"]


def test_the_first_message_is_session_ready() -> None:
    """And the session is connecting, not billed yet."""
    it = conversation()

    assert said(it.join(A)) == [(A, {"type": "session.ready", "session_id": "sess_1"})]
    assert (it.session.status, it.session.started_ms) == (Status.CONNECTING, None)


def test_the_first_audio_makes_the_session_active() -> None:
    """Billing runs from it; a message without any audio does not count."""
    it = conversation()
    it.join(A)
    it.receive(A, audio_input(b""), NOW)
    assert it.session.status is Status.CONNECTING
    it.receive(A, audio_input(b"abc", 2), NOW)

    assert (it.session.status, it.session.started_ms) == (Status.ACTIVE, NOW.unix_ms)
    assert it.session.journal.audio("customer") == b"abc"


def test_a_ping_is_answered_with_a_pong() -> None:
    """That names the session."""
    it = conversation()
    it.join(A)

    assert said(it.receive(A, '{"type":"ping"}', NOW)) == [(A, {"type": "pong", "session_id": "sess_1"})]


def test_a_bad_message_is_answered_and_the_stream_goes_on() -> None:
    """Only its sender hears of it."""
    it = conversation()
    it.join(A)
    it.join(B)
    [(socket, message)] = said(it.receive(A, audio_input(b"a", encoding="alaw"), NOW))

    assert (socket, message["type"], message["error"]["code"]) == (A, "session.error", "invalid_audio_format")
    assert it.session.journal.refused == 1
    assert heard_by(it.receive(A, audio_input(b"a"), NOW)) == [B]


def test_alone_a_speaker_hears_the_answer_himself() -> None:
    """One socket: audio comes back to it."""
    it = conversation()
    it.join(A)
    [(socket, message)] = said(it.receive(A, audio_input(b"abc"), NOW))

    assert (socket, message["sequence"], message["speaker"]) == (A, 1, "customer")
    assert base64.b64decode(message["audio"]["payload"]) == b"abc"
    assert message["timestamp_ms"] == NOW.unix_ms
    assert it.session.journal.sent == [Sent(A, "customer", b"abc")]


def test_each_speaker_is_heard_by_the_others() -> None:
    """Customer and agent on a socket each, and a third party hears both."""
    it = conversation()
    for socket in (A, B, C):
        it.join(socket)
    it.receive(A, audio_input(b"a", speaker="customer"), NOW)
    it.receive(B, audio_input(b"b", speaker="agent"), NOW)
    it.receive(C, audio_input(b"c", speaker="supervisor"), NOW)

    assert heard_by(it.receive(A, audio_input(b"a", 2, "customer"), NOW)) == [B, C]
    assert heard_by(it.receive(B, audio_input(b"b", 2, "agent"), NOW)) == [A, C]


def test_a_socket_that_two_speakers_share_hears_both() -> None:
    """It is the other one's for each of them."""
    it = conversation()
    it.join(A)
    it.receive(A, audio_input(b"a", speaker="customer"), NOW)

    assert heard_by(it.receive(A, audio_input(b"b", speaker="agent"), NOW)) == [A]


def test_a_speaker_who_reconnects_is_answered_on_the_new_socket() -> None:
    """Also while the old one has not been noticed to be dead."""
    it = conversation()
    it.join(A)
    it.receive(A, audio_input(b"a"), NOW)
    it.join(B)
    assert heard_by(it.receive(A, audio_input(b"b", 2), NOW)) == [B]

    assert heard_by(it.receive(B, audio_input(b"c", 3), NOW)) == [B]
    it.leave(A)
    assert it.sockets == [B]


def test_a_turn_is_paced() -> None:
    """Piece by piece, each on its deadline."""
    it = conversation(Scripted(Say("customer", b"x" * 1600)))
    it.join(A)
    first = it.receive(A, audio_input(b"a"), NOW)

    assert heard_by(first) == [A]
    assert it.next_deadline_ms() == 1100
    assert heard_by(it.due(Moment(1100, NOW.unix_ms + 100))) == [A]
    assert it.next_deadline_ms() is None
    assert it.session.journal.output(A) == b"x" * 1600


def test_what_is_due_while_nobody_listens_is_lost() -> None:
    """As on a telephone; the speaker's other turns are not held up."""
    it = conversation(Scripted(Say("customer", b"x" * 1600)))
    it.join(A)
    it.receive(A, audio_input(b"a"), NOW)
    it.leave(A)

    assert it.due(Moment(1100, NOW.unix_ms)) == []
    assert it.next_deadline_ms() is None


def test_transcripts_go_to_every_socket() -> None:
    """The final one also into the transcript, with the speaker's language."""
    began_ms = NOW.unix_ms - 2000
    it = conversation(Scripted(Partial("agent", "[1.0 s of speech]"), Final("agent", "[1.8 s of speech]", began_ms)))
    it.join(A)
    it.join(B)
    messages = said(it.receive(A, audio_input(b"a", speaker="agent"), NOW))

    partial = {"type": "transcript.partial", "session_id": "sess_1", "speaker": "agent", "language": "en"}
    final = {**partial, "type": "transcript.final", "sequence": 1, "timestamp": "2026-03-26T10:59:58Z"}
    assert messages == [
        (A, {**partial, "text": "[1.0 s of speech]"}),
        (B, {**partial, "text": "[1.0 s of speech]"}),
        (A, {**final, "text": "[1.8 s of speech]"}),
        (B, {**final, "text": "[1.8 s of speech]"}),
    ]
    assert [turn.text for turn in it.session.transcript.turns] == ["[1.8 s of speech]"]


def test_session_end_finishes_the_transcript_tells_all_and_closes() -> None:
    """In this order, on every socket; the client that asked gets its reason."""
    it = conversation(Scripted(Say("customer", b"x" * 1600), last=(Final("customer", "[0.3 s of speech]", 0),)))
    it.join(A)
    it.join(B)
    it.receive(A, audio_input(b"a"), NOW)
    actions = it.receive(A, '{"type":"session.end"}', NOW)

    assert [(socket, message["type"]) for socket, message in said(actions)] == [
        (A, "transcript.final"),
        (B, "transcript.final"),
        (A, "session.ended"),
        (B, "session.ended"),
    ]
    closed = [Close(A), Close(B)]
    assert said(actions)[2][1] == {"type": "session.ended", "session_id": "sess_1", "reason": "explicit_end"}
    assert actions[5:] == [*closed, Announce(EventType.SESSION_ENDED), Announce(EventType.TRANSCRIPT_READY)]
    assert (it.session.status, it.next_deadline_ms()) == (Status.ENDED, None)


@pytest.mark.parametrize("data", [audio_input(b"a", 9), "{", '{"type":"session.end"}'])
def test_what_comes_after_the_end_is_ignored(data: str) -> None:
    """It was under way when the session ended."""
    it = conversation()
    it.join(A)
    it.end("explicit_end", NOW)

    assert it.receive(A, data, NOW) == []
    assert it.end("explicit_end", NOW) == []


def test_audio_can_be_said_on_demand() -> None:
    """To everybody, or to whoever hears a speaker; in whatever format a test wants to try."""
    it = conversation()
    it.join(A)
    it.join(B)
    it.receive(A, audio_input(b"a"), NOW)
    [first, _second] = said(it.say(None, OutputAudio(b"x", "pcm_16", 16000), NOW))

    assert first[1]["audio"] == {"payload": "eA==", "encoding": "pcm_16", "sample_rate_hz": 16000}
    assert heard_by(it.say("customer", OutputAudio(b"x"), NOW)) == [B]


def at(ms: int) -> Moment:
    """So long after `NOW`, on both clocks."""
    return Moment(NOW.now_ms + ms, NOW.unix_ms + ms)


def test_a_starved_session_says_nothing_and_then_everything() -> None:
    """What was due meanwhile comes at once, in order, when it is over."""
    it = conversation(Scripted(Say("customer", b"x" * 2400)))
    it.join(A)
    it.starve(NOW.now_ms + 1000)
    assert heard_by(it.receive(A, audio_input(b"a"), NOW)) == []
    assert it.next_deadline_ms() == NOW.now_ms + 1000
    assert heard_by(it.due(at(999))) == []

    assert heard_by(it.due(at(1000))) == [A, A, A]


def test_a_session_can_be_told_to_hurry() -> None:
    """What is left of a turn, and every later one, comes at once."""
    it = conversation(Scripted(Say("customer", b"x" * 2400)))
    it.join(A)
    assert heard_by(it.receive(A, audio_input(b"a"), NOW)) == [A]
    it.burst()

    assert heard_by(it.due(NOW)) == [A, A]
    assert heard_by(it.receive(A, audio_input(b"a", 2), NOW)) == [A, A, A]


def test_a_counterpart_may_speak_unprompted() -> None:
    """When it said that it would; after the end it is not asked any more."""
    it = conversation(Tone())
    it.join(A)
    it.receive(A, audio_input(b"a"), NOW)
    assert it.next_deadline_ms() == NOW.now_ms
    assert heard_by(it.due(NOW)) == [A]
    assert it.next_deadline_ms() == NOW.now_ms + 100
    it.end("explicit_end", NOW)

    assert (it.due(at(100)), it.next_deadline_ms()) == ([], None)


def test_a_final_carries_its_translation() -> None:
    """To every socket, to the transcript, and to whoever is told of segments."""
    said_it = Final("customer", "Hallo", NOW.unix_ms, "de", Translation("en", "Hello"), 0.96)
    it = conversation(Scripted(Partial("customer", "Ha", "de"), said_it))
    it.join(A)
    actions = it.receive(A, audio_input(b"a"), NOW)
    partial, final = (message for _, message in said(actions))

    assert (partial["text"], partial["language"]) == ("Ha", "de")
    assert (final["translation"], final["confidence"]) == ({"language": "en", "text": "Hello"}, 0.96)
    [turn] = it.session.transcript.turns
    assert actions[0] == Announce(EventType.SESSION_STARTED)
    assert actions[-1] == Announce(EventType.TRANSCRIPT_SEGMENT, turn)


def test_a_session_that_is_recorded_is_laid_on_tape() -> None:
    """What was heard, and what was said in reply."""
    plan = SessionPlan("ai_agent", recording=RecordingPlan())
    session = Session("sess_1", plan, NOW.unix_ms, Journal(keep_audio=False))
    it = Conversation(session, Echo(), Voice())
    it.join(A)
    it.receive(A, audio_input(b"abc"), NOW)

    assert session.tape is not None
    assert (bytes(session.tape.customer.ulaw), bytes(session.tape.kallglot.ulaw)) == (b"abc", b"abc")
