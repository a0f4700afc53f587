import msgspec

from gateway.sandbox.journal import Journal
from gateway.sandbox.plans import parse_plan
from gateway.sandbox.records import decode_session, encode_session, encode_tape
from gateway.sandbox.routes import Provider, Route
from gateway.sandbox.session import Session
from gateway.sandbox.sip import DialRequest, Leg, LegCause
from gateway.sandbox.transcript import Translation


def session() -> Session:
    plan = parse_plan(
        {
            "mode": "bidirectional_translation",
            "source_language": "de",
            "routing": {"type": "sip", "sip": {"from_uri": "sip:a@b.c"}},
            "recording": {"consent_required": True},
            "metadata": {"a": [1]},
        }
    )
    made = Session("sess_1", plan, 1000, Journal(keep_audio=False), Route(Provider.SIP))
    made.opened()
    made.heard(2000)
    made.said("customer", "Hallo", 2000, language="de", translation=Translation("en", "Hello"), confidence=0.9)
    made.leg = Leg("call_1", "sess_1", DialRequest("sip:b@b.c"))
    made.leg.follow(LegCause.PICKED_UP)
    made.tokens.issue("kst_test_1", 3000)
    made.consent = "granted"
    assert made.tape is not None
    made.tape.hear("customer", b"\x10" * 800, 2000)
    return made


def test_a_session_is_read_as_it_was_written() -> None:
    """Down to its tokens, its leg and what was recorded of it."""
    it = session()
    assert it.tape is not None
    again = decode_session(encode_session(it), encode_tape(it.tape), Journal(keep_audio=False))

    assert encode_session(again) == encode_session(it)
    assert (again.tokens.check("kst_test_1", 4000), again.transcript.turns) == (None, it.transcript.turns)
    assert again.leg is not None
    assert again.leg.call() == it.leg.call() if it.leg is not None else False
    assert again.tape == it.tape
    assert again.heard(5000) is False


def test_an_ended_session_has_no_tape_unless_one_was_kept() -> None:
    """What was recorded is a recording by then."""
    it = session()
    it.ending()
    it.ended(9000)

    assert decode_session(encode_session(it), None, Journal(keep_audio=False)).tape is None


def test_what_is_written_is_json() -> None:
    """Anybody can look at a sandbox's state."""
    assert msgspec.json.decode(encode_session(session()))["route"]["provider"] == "sip"
