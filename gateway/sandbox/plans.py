"""The body of `POST /v1/sessions`, and what it must say. Sans-I/O.

Document: "Create a session". It describes every field, but prints the names of only some; those of `voice`, `audio`,
`recording` and `ai_agent` are our reading of the descriptions. Keys that no document speaks of are let through unread.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from gateway.sandbox.bodies import check_choice, check_form, read_as
from gateway.sandbox.refusals import invalid


class Mode(StrEnum):
    """What Kallglot does with the audio."""

    BIDIRECTIONAL_TRANSLATION = "bidirectional_translation"
    ASSISTIVE_TRANSLATION = "assistive_translation"
    AI_AGENT = "ai_agent"
    HELP_CHAT_VOICE = "help_chat_voice"


class MixMode(StrEnum):
    """How a recording keeps the parties."""

    DUAL_CHANNEL = "dual_channel"
    """Each on a channel of its own: the documents' default."""
    MIXED = "mixed"


class Consent(StrEnum):
    """The state of the parties' consent to a recording ("such as granted, denied, or not_required")."""

    GRANTED = "granted"
    DENIED = "denied"
    NOT_REQUIRED = "not_required"
    PENDING = "pending"
    """Required, and nobody has said anything yet."""


E164 = re.compile(r"\+[1-9][0-9]{1,14}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
"""Short codes only: `en`, `es`, `de`; no document shows a region tag."""
SIP_URI = re.compile(r"sips?:[!-~]+")
CONNECTION_ID = re.compile(r"pcon_[0-9A-Za-z_]+")
AGENT_ID = re.compile(r"agt_[0-9A-Za-z_]+")


def written_as(form: re.Pattern[str], example: str) -> Meta:
    """A text's form, for the OpenAPI document; the checks below are what refuse, in words that say why."""
    return Meta(extra_json_schema={"pattern": f"^(?:{form.pattern})$", "examples": [example]})


def one_of(choices: type[StrEnum] | tuple[str, ...]) -> Meta:
    """A text's choices, for the OpenAPI document."""
    return Meta(extra_json_schema={"enum": [*map(str, choices)]})


Language = Annotated[str, written_as(LANGUAGE, "de")]
SipHeaders = Annotated[
    dict[str, str], Meta(extra_json_schema={"propertyNames": {"pattern": "^[Xx]-"}, "examples": [{"X-Tenant": "acme"}]})
]


class AudioHints(Struct):
    """`audio`: transport hints; left out where nothing is unusual."""

    encoding: Annotated[str, Meta(min_length=1)] = "mulaw"
    sample_rate_hz: Annotated[int, Meta(ge=8000, le=48_000)] = 8000
    channels: Annotated[int, Meta(ge=1, le=2)] = 1


class VoiceHints(Struct):
    """`voice`: how translated audio is spoken."""

    voice_id: str | None = None
    stability: Annotated[float, Meta(ge=0, le=1)] = 0.5
    similarity_boost: Annotated[float, Meta(ge=0, le=1)] = 0.75
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0


class RecordingPlan(Struct):
    """`recording`: asks for one by being there."""

    enabled: bool = True
    mix_mode: Annotated[str, one_of(MixMode)] = MixMode.DUAL_CHANNEL
    consent_required: bool = False
    consent_state: Annotated[str, one_of(Consent)] | None = None

    @property
    def consent(self) -> str:
        """The state said, or the one that goes without saying."""
        return self.consent_state or (Consent.PENDING if self.consent_required else Consent.NOT_REQUIRED)


class AgentChoice(Struct):
    """`ai_agent`: who handles the conversation."""

    agent_id: Annotated[str, written_as(AGENT_ID, "agt_01HXYZ")]
    overrides: dict[str, Any] | None = None


class SipRouting(Struct):
    """`routing.sip`."""

    from_uri: Annotated[str, written_as(SIP_URI, "sip:alice@example.com")] | None = None
    headers: SipHeaders | None = None


class Routing(Struct):
    """`routing`: exactly one method, or none for the default route."""

    phone_number: Annotated[str, written_as(E164, "+14155551234")] | None = None
    connection_id: Annotated[str, written_as(CONNECTION_ID, "pcon_01HXYZ")] | None = None
    type: Annotated[str, one_of(("sip",))] | None = None
    sip: SipRouting | None = None
    direction: Annotated[str, one_of(("inbound", "outbound"))] | None = None
    audio: AudioHints | None = None

    @property
    def methods(self) -> list[str]:
        """The methods that it names; more than one is a mistake."""
        named = {"phone_number": self.phone_number, "connection_id": self.connection_id, "type": self.type}
        return [name for name, value in named.items() if value is not None]


class Participant(Struct):
    """One of `participants`, as "Sessions vs Calls" shows them."""

    type: Annotated[str, Meta(min_length=1)]
    language: Language | None = None


class SessionPlan(Struct):
    """A create body that was found good."""

    mode: Annotated[str, one_of(Mode)]
    source_language: Language | None = None
    target_language: Language | None = None
    routing: Routing | None = None
    audio: AudioHints | None = None
    voice: VoiceHints | None = None
    recording: RecordingPlan | None = None
    ai_agent: AgentChoice | None = None
    metadata: dict[str, Any] | None = None
    participants: list[Participant] | None = None

    @property
    def records(self) -> bool:
        """Whether the session is recorded."""
        return self.recording is not None and self.recording.enabled

    def language_of(self, speaker: str) -> str | None:
        """What that speaker was said to speak.

        A participant of that type has said so; else `agent` is Party B and everybody else Party A: the documents'
        samples pair them so.
        """
        for participant in self.participants or ():
            if participant.type == speaker and participant.language is not None:
                return participant.language
        return self.target_language if speaker == "agent" else self.source_language

    def language_heard_by(self, speaker: str) -> str | None:
        """What whoever `speaker` talks to understands."""
        return self.language_of("customer" if speaker == "agent" else "agent")


def parse_plan(fields: Mapping[str, Any]) -> SessionPlan:
    """Read a create body.

    Raises:
        Refused: 422, naming the field that breaks a documented rule.
    """
    if "provider" in fields:
        raise invalid("provider", "Do not send 'provider': select a route with 'routing'.")
    if fields.get("mode") is None:
        raise invalid("mode", "The 'mode' field is required.")
    plan = read_as(SessionPlan, fields)
    check_choice("mode", plan.mode, [str(mode) for mode in Mode])
    _check_languages(plan)
    if plan.routing is not None:
        _check_routing(plan.routing)
    if plan.recording is not None:
        check_choice("recording.mix_mode", plan.recording.mix_mode, list(MixMode))
        check_choice("recording.consent_state", plan.recording.consent_state, list(Consent))
    if plan.ai_agent is not None:
        if plan.mode != Mode.AI_AGENT:
            raise invalid("ai_agent", f"'ai_agent' is for the mode 'ai_agent' only, not for '{plan.mode}'.")
        check_form("ai_agent.agent_id", plan.ai_agent.agent_id, AGENT_ID, "an agent's id such as 'agt_01HXYZ'")
    return plan


def check_sip_uri(param: str, value: str | None) -> None:
    """Make sure that it is one.

    Raises:
        Refused: 422.
    """
    check_form(param, value, SIP_URI, "a SIP URI such as 'sip:alice@example.com'")


def check_sip_headers(param: str, headers: Mapping[str, str] | None) -> None:
    """Make sure that they are `X-` headers.

    Raises:
        Refused: 422.
    """
    for name in headers or {}:
        if not name.lower().startswith("x-"):
            raise invalid(param, f"'{param}' takes X- headers only, not '{name}'.")


def _check_languages(plan: SessionPlan) -> None:
    named = {"source_language": plan.source_language, "target_language": plan.target_language}
    for number, participant in enumerate(plan.participants or []):
        named[f"participants[{number}].language"] = participant.language
    for param, code in named.items():
        check_form(param, code, LANGUAGE, "a short language code such as 'en'")


def _check_routing(routing: Routing) -> None:
    if len(routing.methods) > 1:
        raise invalid("routing", f"Supply exactly one routing method, not {' and '.join(routing.methods)}.")
    check_form("routing.phone_number", routing.phone_number, E164, "a number in E.164 format such as '+14155551234'")
    check_form("routing.connection_id", routing.connection_id, CONNECTION_ID, "a connection id such as 'pcon_01HXYZ'")
    check_choice("routing.type", routing.type, ["sip"])
    check_choice("routing.direction", routing.direction, ["inbound", "outbound"])
    if routing.sip is not None:
        if routing.type != "sip":
            raise invalid("routing.sip", "'routing.sip' needs 'routing.type' to be 'sip'.")
        check_sip_uri("routing.sip.from_uri", routing.sip.from_uri)
        check_sip_headers("routing.sip.headers", routing.sip.headers)
