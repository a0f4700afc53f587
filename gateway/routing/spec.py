"""A `[[route]]` of the routes file as an operator writes it, checked and turned into a `Route`. Sans-I/O."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    ValidationInfo,
    field_validator,
)

from gateway.calls import Carrier, Say
from gateway.routing.addresses import e164, e164_prefix, is_sip
from gateway.routing.body import RESERVED_METADATA
from gateway.routing.routes import (
    SORRY,
    ConnectionRouting,
    Match,
    Mode,
    NoRouting,
    Parting,
    PhoneNumberRouting,
    Route,
    Routing,
    SipRouting,
    ToAnything,
    ToNumber,
    ToPrefix,
    ToSipDomain,
)
from gateway.routing.wording import shown

MATCH_KEYS = ("to", "to_prefix", "sip_domain")
"""A route says at most one of them."""

_OWN_KEYS = frozenset({"provider", "mode", "routing", "source_language", "target_language"})
"""What `session` must not hold: `provider` is no request field, the rest are keys of the route itself."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag as far as a typing error shows (BCP 47): `de`, `en-US`, `zh-Hant-TW`."""
_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")

_DEEPEST = 100
"""Tables and lists within each other: more than any session has, and less than any JSON library minds."""

_HANG_UP = "hangup"
_ROUTINGS: Mapping[str, Routing] = {"phone_number": PhoneNumberRouting(), "sip": SipRouting(), "none": NoRouting()}


def _number(text: str) -> str:
    if number := e164(text):
        return number
    raise ValueError("must be an E.164 number such as +14155551234")


def _prefix(text: str) -> str:
    if prefix := e164_prefix(text):
        return prefix
    raise ValueError("must be the beginning of an E.164 number, such as +49")


def _domain(text: str) -> str:
    if _DOMAIN.fullmatch(domain := text.lower()):
        return domain
    raise ValueError("must be a host name such as acme.sip.twilio.com")


def language_tag(text: str) -> str:
    """A language as routes name one.

    Raises:
        ValueError: it is none.
    """
    if _LANGUAGE.fullmatch(text):
        return text
    raise ValueError("must be a language such as de or en-US")


def _words(text: str) -> str:
    if text.strip():
        return text
    raise ValueError("must not be empty")


def _target(value: object) -> str:
    if isinstance(value, str) and (target := value if _is_sip_uri(value) else e164(value)):
        return target
    raise ValueError("must be an E.164 number or a sip: address")


def _is_sip_uri(text: str) -> bool:
    """Whether a carrier can dial it; RFC 3261 §25.1 has all else in an address escaped."""
    return is_sip(text) and text.isascii() and text.isprintable() and " " not in text


def _routing(value: object) -> Routing:
    match value:
        case str() if value in _ROUTINGS:
            return _ROUTINGS[value]
        case {"connection_id": str(connection_id), **rest} if connection_id and not rest:
            return ConnectionRouting(connection_id)
        case _:
            raise ValueError('must be "phone_number", "sip", "none" or { connection_id = "pcon_…" }')


def _then(value: object) -> str | None:
    match value:
        case str() if value == _HANG_UP:
            return None
        case {"dial": target, **rest} if not rest:
            try:
                return _target(target)
            except ValueError as exc:
                raise ValueError(f"{exc}, not {shown(target)}") from None
        case _:
            raise ValueError('must be "hangup" or { dial = "+…" }')


def _parting(value: object) -> object:
    match value:
        case str() if value == _HANG_UP:
            return {}
        case {"then": _, "dial": _}:
            raise ValueError("must say either then or dial")
        case Mapping():
            return value
        case _:
            raise ValueError('must be "hangup" or a table of say, language and then')


def _json(table: dict[str, object]) -> dict[str, object]:
    """Leave out what TOML has and JSON has not: dates, times, infinity."""

    def refuse(value: object) -> object:
        raise ValueError(f"must hold only what JSON can say, which {value} is not")

    try:
        json.dumps(table, default=refuse, allow_nan=False)
    except ValueError as exc:
        message = str(exc) if str(exc).startswith("must") else "must hold only numbers that JSON can say"
        raise ValueError(message) from exc
    return table


def _shallow(table: dict[str, object]) -> dict[str, object]:
    """Refuse what a key with thousands of dots is: TOML's reader takes it, and what writes JSON gives up over it."""
    inner: list[object] = [table]
    for _ in range(_DEEPEST):
        inner = [value for each in inner for value in _inside(each)]
        if not inner:
            return table
    raise ValueError("must not be nested so deeply")


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _metadata(table: dict[str, object]) -> dict[str, object]:
    if taken := sorted(RESERVED_METADATA & table.keys()):
        raise ValueError(f"must not hold {taken[0]}, which is taken from the call")
    return table


def _session(table: dict[str, object]) -> dict[str, object]:
    if taken := sorted(_OWN_KEYS & table.keys()):
        key = taken[0]
        reason = "which Kallglot resolves itself" if key == "provider" else "which is a key of the route"
        raise ValueError(f"must not hold {key}, {reason}")
    metadata = table.get("metadata", {})
    if not isinstance(metadata, dict):
        raise ValueError("must hold metadata as a table")
    _metadata(metadata)
    return table


_Words = Annotated[str, AfterValidator(_words)]
_Language = Annotated[str, AfterValidator(language_tag)]
_Json = Annotated[dict[str, object], AfterValidator(_shallow), AfterValidator(_json)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


class SaySpec(_Table):
    """`{ say = "…", language = "…" }`."""

    say: _Words
    language: _Language = "en-US"

    def say_it(self) -> Say:
        """The words for a carrier."""
        return Say(self.say, self.language)


class PartingSpec(_Table):
    """`{ say = "…", language = "…", then = "hangup" | { dial = "…" } }`, or `{ dial = "…" }` for short."""

    say: _Words | None = None
    language: _Language = "en-US"
    then: Annotated[str | None, PlainValidator(_then)] = None
    dial: Annotated[str | None, PlainValidator(_target)] = None

    def parting(self) -> Parting:
        """How the caller is left."""
        say = None if self.say is None else Say(self.say, self.language)
        return Parting(say, self.dial or self.then)


_Parting = Annotated[PartingSpec, BeforeValidator(_parting)]


class RouteSpec(_Table):
    """One `[[route]]`."""

    name: _Words
    to: Annotated[str, AfterValidator(_number)] | None = None
    to_prefix: Annotated[str, AfterValidator(_prefix)] | None = None
    sip_domain: Annotated[str, AfterValidator(_domain)] | None = None
    carrier: Carrier | None = None
    mode: Mode
    source_language: _Language | None = None
    target_language: _Language | None = None
    speaker: _Words = "customer"
    routing: Annotated[Routing, PlainValidator(_routing)] = PhoneNumberRouting()
    greeting: SaySpec | None = None
    metadata: Annotated[_Json, AfterValidator(_metadata)] = Field(default_factory=dict)
    session: Annotated[_Json, AfterValidator(_session)] = Field(default_factory=dict)
    on_failure: _Parting | None = None
    after: _Parting | None = None
    overflow: Annotated[str | None, PlainValidator(_target)] = None
    barge_in: StrictBool | None = None

    @field_validator("overflow")
    @classmethod
    def _elsewhere(cls, overflow: str, info: ValidationInfo) -> str:
        if overflow == info.data.get("to"):
            raise ValueError("must not be the number that the route answers: the caller would go round in circles")
        return overflow

    @field_validator("on_failure")
    @classmethod
    def _not_to_fail_again(cls, on_failure: PartingSpec, info: ValidationInfo) -> PartingSpec:
        dial = on_failure.parting().dial
        if dial is not None and dial == info.data.get("to"):
            raise ValueError(
                f"must not dial {dial}, the number that the route answers: the caller would go round in circles"
            )
        return on_failure

    def route(self) -> Route:
        """The route it describes."""
        merged = self.session.get("metadata", {})
        metadata = {**merged, **self.metadata} if isinstance(merged, dict) else self.metadata
        return Route(
            name=self.name,
            mode=self.mode,
            match=self._match(),
            carrier=self.carrier,
            source_language=self.source_language,
            target_language=self.target_language,
            speaker=self.speaker,
            routing=self.routing,
            greeting=None if self.greeting is None else self.greeting.say_it(),
            metadata=metadata,
            session={key: value for key, value in self.session.items() if key != "metadata"},
            on_failure=SORRY if self.on_failure is None else self.on_failure.parting(),
            after=Parting() if self.after is None else self.after.parting(),
            overflow=self.overflow,
            barge_in=self.mode.converses if self.barge_in is None else self.barge_in,
        )

    def _match(self) -> Match:
        if self.to is not None:
            return ToNumber(self.to)
        if self.to_prefix is not None:
            return ToPrefix(self.to_prefix)
        if self.sip_domain is not None:
            return ToSipDomain(self.sip_domain)
        return ToAnything()
