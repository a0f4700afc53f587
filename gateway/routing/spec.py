"""A `[[route]]` of the routes file as an operator writes it, turned into a `Route`. Sans-I/O."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationInfo, field_validator

from gateway.calls import Carrier, Say
from gateway.routing.routes import (
    SORRY,
    Match,
    Mode,
    Parting,
    PhoneNumberRouting,
    Route,
    ToAnything,
    ToNumber,
    ToPrefix,
    ToSipDomain,
)
from gateway.routing.values import (
    HANG_UP,
    Domain,
    Language,
    Metadata,
    Number,
    Prefix,
    SessionKeys,
    SessionRouting,
    Target,
    Then,
    Words,
)

MATCH_KEYS = ("to", "to_prefix", "sip_domain")
"""A route says at most one of them."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


class SaySpec(_Table):
    """`{ say = "…", language = "…" }`."""

    say: Words
    language: Language = "en-US"

    def say_it(self) -> Say:
        """The words for a carrier."""
        return Say(self.say, self.language)


class PartingSpec(_Table):
    """`{ say = "…", language = "…", then = "hangup" | { dial = "…" } }`, or `{ dial = "…" }` for short."""

    say: Words | None = None
    language: Language = "en-US"
    then: Then = None
    dial: Target = None

    def parting(self) -> Parting:
        """How the caller is left."""
        say = None if self.say is None else Say(self.say, self.language)
        return Parting(say, self.dial or self.then)


def _parting(value: object) -> object:
    match value:
        case str() if value == HANG_UP:
            return {}
        case {"then": _, "dial": _}:
            raise ValueError("must say either then or dial")
        case Mapping():
            return value
        case _:
            raise ValueError('must be "hangup" or a table of say, language and then')


_Parting = Annotated[PartingSpec, BeforeValidator(_parting)]


class RouteSpec(_Table):
    """One `[[route]]`."""

    name: Words
    to: Number | None = None
    to_prefix: Prefix | None = None
    sip_domain: Domain | None = None
    carrier: Carrier | None = None
    mode: Mode
    source_language: Language | None = None
    target_language: Language | None = None
    speaker: Words = "customer"
    routing: SessionRouting = PhoneNumberRouting()
    greeting: SaySpec | None = None
    metadata: Metadata = Field(default_factory=dict)
    session: SessionKeys = Field(default_factory=dict)
    on_failure: _Parting | None = None
    after: _Parting | None = None
    overflow: Target = None
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
