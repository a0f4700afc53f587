"""The body of `POST /v1/sessions`, and what it must say. Sans-I/O.

Document: "Create a session". Its table of fields names types and rules; keys that it does not spell out (voice,
audio and recording hints among them) are let through unread.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gateway.sandbox.refusals import invalid, malformed


class Mode(StrEnum):
    """What Kallglot does with the audio."""

    BIDIRECTIONAL_TRANSLATION = "bidirectional_translation"
    ASSISTIVE_TRANSLATION = "assistive_translation"
    AI_AGENT = "ai_agent"
    HELP_CHAT_VOICE = "help_chat_voice"


class Provider(StrEnum):
    """The `provider` of a session's answer: the resolved carrier."""

    TWILIO = "twilio"
    SIP = "sip"
    WEBRTC = "webrtc"


class SipRouting(Struct):
    """`routing.sip`."""

    from_uri: str | None = None
    headers: dict[str, str] | None = None


class Routing(Struct):
    """`routing`: exactly one method, or none for the default route."""

    phone_number: str | None = None
    connection_id: str | None = None
    type: str | None = None
    sip: SipRouting | None = None
    direction: str | None = None


class Participant(Struct):
    """One of `participants`, as "Sessions vs Calls" shows them."""

    type: str
    language: str | None = None


class SessionPlan(Struct):
    """A create body that was found good."""

    mode: str
    source_language: str | None = None
    target_language: str | None = None
    routing: Routing | None = None
    metadata: dict[str, Any] | None = None
    participants: list[Participant] | None = None

    @property
    def provider(self) -> Provider:
        """The carrier that the routing resolves to.

        The sandbox owns no numbers and no connections, so it takes each to be Twilio's, the documents' first
        example; without routing the audio comes over the stream only, which the documents call WebRTC.
        """
        if self.routing is None:
            return Provider.WEBRTC
        if self.routing.type == "sip":
            return Provider.SIP
        return Provider.TWILIO if _methods(self.routing) else Provider.WEBRTC

    @property
    def phone_number(self) -> str | None:
        """The number the session was created for."""
        return None if self.routing is None else self.routing.phone_number

    def language_of(self, speaker: str) -> str | None:
        """What that speaker was said to speak.

        `agent` is Party B, everybody else Party A: the documents' samples pair them so.
        """
        return self.target_language if speaker == "agent" else self.source_language


_S = TypeVar("_S", bound=Struct)
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
"""Short codes only: `en`, `es`, `de`; no document shows a region tag."""
_SIP_URI = re.compile(r"sips?:\S+")
_CONNECTION_ID = re.compile(r"pcon_\w+")
_MISSING = re.compile(r"Object missing required field `(?P<param>\w+)`")
_AT = re.compile(r"^(?P<what>.*?) - at `\$\.?(?P<param>.*)`$", re.DOTALL)


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
    _check_choice("mode", plan.mode, [str(mode) for mode in Mode])
    _check_form("source_language", plan.source_language, _LANGUAGE, "a short language code such as 'en'")
    _check_form("target_language", plan.target_language, _LANGUAGE, "a short language code such as 'en'")
    for number, participant in enumerate(plan.participants or []):
        param = f"participants[{number}].language"
        _check_form(param, participant.language, _LANGUAGE, "a short language code such as 'en'")
    if plan.routing is not None:
        _check_routing(plan.routing)
    return plan


def read_json(body: bytes) -> Any:
    """Read any JSON.

    Raises:
        Refused: 400, it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise malformed(f"The request body is not valid JSON: {exc}") from exc


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: 400, it is none.
    """
    value = read_json(body)
    if not isinstance(value, dict):
        raise malformed(f"The request body must be a JSON object, not {type(value).__name__}.")
    return value


def read_as(kind: type[_S], fields: Mapping[str, Any]) -> _S:
    """Give fields their declared types.

    Raises:
        Refused: 422, naming the one whose type is wrong.
    """
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as exc:
        found = _AT.match(str(exc))
        if found is None:
            missing = _MISSING.match(str(exc))
            raise invalid(missing["param"] if missing else "", f"{exc}.") from exc
        raise invalid(found["param"], f"'{found['param']}': {found['what']}.") from exc


def _check_routing(routing: Routing) -> None:
    methods = _methods(routing)
    if len(methods) > 1:
        raise invalid("routing", f"Supply exactly one routing method, not {' and '.join(methods)}.")
    _check_form("routing.phone_number", routing.phone_number, _E164, "a number in E.164 format such as '+14155551234'")
    _check_form("routing.connection_id", routing.connection_id, _CONNECTION_ID, "a connection id such as 'pcon_01HXYZ'")
    _check_choice("routing.type", routing.type, ["sip"])
    _check_choice("routing.direction", routing.direction, ["inbound", "outbound"])
    if routing.sip is not None:
        if routing.type != "sip":
            raise invalid("routing.sip", "'routing.sip' needs 'routing.type' to be 'sip'.")
        _check_sip(routing.sip)


def _check_sip(sip: SipRouting) -> None:
    _check_form("routing.sip.from_uri", sip.from_uri, _SIP_URI, "a SIP URI such as 'sip:alice@example.com'")
    for name in sip.headers or {}:
        if not name.lower().startswith("x-"):
            raise invalid("routing.sip.headers", f"'routing.sip.headers' takes X- headers only, not '{name}'.")


def _check_choice(param: str, value: str | None, choices: Sequence[str]) -> None:
    if value is not None and value not in choices:
        raise invalid(param, f"'{param}' must be {' or '.join(repr(choice) for choice in choices)}, not '{value}'.")


def _check_form(param: str, value: str | None, form: re.Pattern[str], described: str) -> None:
    if value is not None and not form.fullmatch(value):
        raise invalid(param, f"'{param}' must be {described}, not '{value}'.")


def _methods(routing: Routing) -> list[str]:
    methods = {"phone_number": routing.phone_number, "connection_id": routing.connection_id, "type": routing.type}
    return [name for name, value in methods.items() if value is not None]
