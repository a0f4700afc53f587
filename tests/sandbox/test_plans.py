from typing import Any

import pytest

from gateway.sandbox.plans import AudioHints, Mode, RecordingPlan, VoiceHints, parse_plan
from gateway.sandbox.refusals import Refused
from tests.sandbox.wire import REQUESTS, request_sample


def body(**fields: Any) -> dict[str, Any]:
    return {"mode": "bidirectional_translation", **fields}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_body_in_the_documents_is_accepted(name: str) -> None:
    """What a reader copies from the documents works."""
    sample = request_sample(name)

    assert parse_plan(sample).mode == sample["mode"]


@pytest.mark.parametrize("mode", list(Mode))
def test_each_documented_mode_is_accepted(mode: Mode) -> None:
    """All four."""
    assert parse_plan({"mode": str(mode)}).mode == mode


@pytest.mark.parametrize(
    ("fields", "param", "quoted"),
    [
        pytest.param({}, "mode", "required", id="no mode"),
        pytest.param({"mode": None}, "mode", "required", id="null mode"),
        pytest.param({"mode": "translate"}, "mode", "'translate'", id="unknown mode"),
        pytest.param({"mode": 7}, "mode", "int", id="mode of another type"),
        pytest.param(body(provider={"type": "twilio"}), "provider", "routing", id="provider object"),
        pytest.param(body(provider=None), "provider", "routing", id="provider null"),
        pytest.param(body(source_language="German"), "source_language", "'German'", id="language name"),
        pytest.param(body(target_language=""), "target_language", "''", id="empty language"),
        pytest.param(body(target_language="en\n"), "target_language", "short language code", id="language and newline"),
        pytest.param(body(source_language=1), "source_language", "str", id="language of another type"),
        pytest.param(body(metadata=[1]), "metadata", "object", id="metadata list"),
        pytest.param(body(metadata="x"), "metadata", "object", id="metadata string"),
        pytest.param(body(routing="sip"), "routing", "object", id="routing string"),
        pytest.param(
            body(routing={"phone_number": "+14155551234", "connection_id": "pcon_1"}),
            "routing",
            "phone_number and connection_id",
            id="two methods",
        ),
        pytest.param(
            body(routing={"phone_number": "+14155551234", "type": "sip"}),
            "routing",
            "phone_number and type",
            id="number and sip",
        ),
        pytest.param(
            body(routing={"phone_number": "4155551234"}), "routing.phone_number", "'4155551234'", id="no plus"
        ),
        pytest.param(body(routing={"phone_number": "+0155"}), "routing.phone_number", "'+0155'", id="leading zero"),
        pytest.param(body(routing={"phone_number": "+1" + "5" * 15}), "routing.phone_number", "E.164", id="too long"),
        pytest.param(body(routing={"phone_number": "+١٤١٥"}), "routing.phone_number", "E.164", id="arabic digits"),
        pytest.param(body(routing={"phone_number": 1}), "routing.phone_number", "str", id="number as a number"),
        pytest.param(body(routing={"connection_id": "con_1"}), "routing.connection_id", "'con_1'", id="other prefix"),
        pytest.param(body(routing={"type": "pstn"}), "routing.type", "'pstn'", id="unknown type"),
        pytest.param(body(routing={"direction": "both"}), "routing.direction", "'both'", id="unknown direction"),
        pytest.param(body(routing={"sip": {}}), "routing.sip", "'sip'", id="sip without its type"),
        pytest.param(
            body(routing={"type": "sip", "sip": {"from_uri": "alice"}}), "routing.sip.from_uri", "'alice'", id="no uri"
        ),
        pytest.param(
            body(routing={"type": "sip", "sip": {"headers": {"From": "a"}}}),
            "routing.sip.headers",
            "'From'",
            id="header that is no X- header",
        ),
        pytest.param(
            body(routing={"type": "sip", "sip": {"headers": {"X-A": 1}}}),
            "routing.sip.headers[...]",
            "str",
            id="header of another type",
        ),
        pytest.param(body(voice={"stability": 1.1}), "voice.stability", "not 1.1", id="stability"),
        pytest.param(body(voice={"similarity_boost": -0.1}), "voice.similarity_boost", "not -0.1", id="similarity"),
        pytest.param(body(voice={"speed": 0.4}), "voice.speed", "not 0.4", id="too slow"),
        pytest.param(body(voice={"speed": 2.1}), "voice.speed", "not 2.1", id="too fast"),
        pytest.param(body(voice={"voice_id": 1}), "voice.voice_id", "str", id="voice of another type"),
        pytest.param(body(audio={"sample_rate_hz": "8k"}), "audio.sample_rate_hz", "int", id="rate"),
        pytest.param(body(audio={"channels": 3}), "audio.channels", "not 3", id="channels"),
        pytest.param(body(routing={"audio": {"encoding": ""}}), "routing.audio.encoding", "not ''", id="encoding"),
        pytest.param(body(recording={"mix_mode": "mono"}), "recording.mix_mode", "'mono'", id="mix mode"),
        pytest.param(body(recording={"consent_required": "yes"}), "recording.consent_required", "bool", id="consent"),
        pytest.param(
            body(recording={"consent_state": "maybe"}), "recording.consent_state", "'maybe'", id="consent state"
        ),
        pytest.param(body(ai_agent={"agent_id": "agt_1"}), "ai_agent", "'ai_agent' only", id="agent for translation"),
        pytest.param({"mode": "ai_agent", "ai_agent": {}}, "ai_agent.agent_id", "required", id="agent without id"),
        pytest.param(
            {"mode": "ai_agent", "ai_agent": {"agent_id": "bot"}}, "ai_agent.agent_id", "'bot'", id="agent's id"
        ),
        pytest.param(
            {"mode": "ai_agent", "ai_agent": {"agent_id": "agt_1", "overrides": []}},
            "ai_agent.overrides",
            "object",
            id="overrides",
        ),
        pytest.param(body(participants=[{}]), "participants[0].type", "required", id="participant without type"),
        pytest.param(
            body(participants=[{"type": "agent", "language": "EN"}]),
            "participants[0].language",
            "'EN'",
            id="their code",
        ),
    ],
)
def test_a_broken_rule_is_422_and_names_the_field(fields: dict[str, Any], param: str, quoted: str) -> None:
    """The refusal says which field and what was in it."""
    with pytest.raises(Refused) as caught:
        parse_plan(fields)

    refused = caught.value
    assert (refused.status, refused.code, refused.kind) == (422, "invalid_request", "validation_error")
    assert refused.param == param
    assert quoted in refused.message


def test_everything_can_be_asked_for_at_once() -> None:
    """Each field of the create page, with the defaults that it names."""
    plan = parse_plan(
        {
            "mode": "ai_agent",
            "routing": {"phone_number": "+14155551234", "direction": "inbound", "audio": {}},
            "audio": {"encoding": "mulaw", "sample_rate_hz": 8000, "channels": 1},
            "voice": {"voice_id": "v1"},
            "recording": {"consent_state": "granted"},
            "ai_agent": {"agent_id": "agt_01HXYZ", "overrides": {"temperature": 0}},
        }
    )

    assert plan.routing is not None
    assert plan.routing.audio == plan.audio == AudioHints("mulaw", 8000, 1)
    assert plan.voice == VoiceHints("v1", 0.5, 0.75, 1.0)
    assert plan.recording == RecordingPlan(True, "dual_channel", False, "granted")  # noqa: FBT003 - as printed
    assert plan.records
    assert not parse_plan(body(recording={"enabled": False})).records


def test_consent_that_is_required_is_pending_until_it_is_given() -> None:
    """Where nobody says more."""
    assert RecordingPlan().consent == "not_required"
    assert RecordingPlan(consent_required=True).consent == "pending"
    assert RecordingPlan(consent_required=True, consent_state="denied").consent == "denied"


def test_fields_that_no_document_speaks_of_are_let_through() -> None:
    """A client of a later version is not turned away."""
    assert parse_plan(body(later=True)).mode == "bidirectional_translation"


def test_a_participant_says_what_he_speaks() -> None:
    """Before Party A and Party B do."""
    plan = parse_plan(body(target_language="en", participants=[{"type": "agent", "language": "fr"}, {"type": "x"}]))

    assert [plan.language_of(who) for who in ("agent", "x")] == ["fr", None]
    assert (plan.language_heard_by("customer"), plan.language_heard_by("agent")) == ("fr", None)


def test_the_agent_speaks_the_target_language() -> None:
    """Party A is the customer, Party B the agent, as the samples pair them."""
    plan = parse_plan(body(source_language="de", target_language="en"))

    assert [plan.language_of("customer"), plan.language_of("agent")] == ["de", "en"]
