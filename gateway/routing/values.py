"""The values of a route, each checked by itself: numbers, languages, addresses, tables for Kallglot. Sans-I/O.

Each type refuses with a `ValueError` that says what must be written; `spec` joins them to a `[[route]]`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import AfterValidator, PlainValidator

from gateway.routing.addresses import e164, e164_prefix, is_sip
from gateway.routing.body import RESERVED_METADATA
from gateway.routing.routes import ConnectionRouting, NoRouting, PhoneNumberRouting, Routing, SipRouting
from gateway.routing.wording import shown

_OWN_KEYS = frozenset({"provider", "mode", "routing", "source_language", "target_language"})
"""What `session` must not hold: `provider` is no request field, the rest are keys of the route itself."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag as far as a typing error shows (BCP 47): `de`, `en-US`, `zh-Hant-TW`."""

_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")

_DEEPEST = 100
"""Tables and lists within each other: more than any session has, and less than any JSON library minds."""

HANG_UP = "hangup"
"""How callers are left whom nobody is dialled for."""

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


def _language(text: str) -> str:
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
        case str() if value == HANG_UP:
            return None
        case {"dial": target, **rest} if not rest:
            try:
                return _target(target)
            except ValueError as exc:
                raise ValueError(f"{exc}, not {shown(target)}") from None
        case _:
            raise ValueError('must be "hangup" or { dial = "+…" }')


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


Words = Annotated[str, AfterValidator(_words)]
"""What is said, or what something is called: not blank."""

Language = Annotated[str, AfterValidator(_language)]
"""`de`, `en-US`."""

Number = Annotated[str, AfterValidator(_number)]
"""E.164, however it is written."""

Prefix = Annotated[str, AfterValidator(_prefix)]
"""`+` and at least one digit."""

Domain = Annotated[str, AfterValidator(_domain)]
"""A host name, in lower case."""

Target = Annotated[str | None, PlainValidator(_target)]
"""Whom to dial: an E.164 number or a SIP address; None where the key is not there."""

Then = Annotated[str | None, PlainValidator(_then)]
"""`"hangup"`, which is None, or `{ dial = "…" }`."""

SessionRouting = Annotated[Routing, PlainValidator(_routing)]
"""A word, or the table of a connection."""

_Json = Annotated[dict[str, object], AfterValidator(_shallow), AfterValidator(_json)]

Metadata = Annotated[_Json, AfterValidator(_metadata)]
"""What the session is told beside the call's own."""

SessionKeys = Annotated[_Json, AfterValidator(_session)]
"""More keys of the create body; none that the route has a key for."""
