"""Keeps what is private out of the logs: numbers masked, secrets and audio dropped. Sans-I/O.

A log processor rather than care: whoever logs need not remember it.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

_NUMBER = re.compile(r"\+?\d[\d\s().\u2010-\u2015\u2212-]{5,}\d")
"""With what people write between digits, and what machines make of it: dashes that break no line, minus signs."""
_FEWEST_DIGITS = 7
"""In a row, however they are spaced: shorter numbers reach nobody from outside."""

_TOKEN = re.compile(
    r"(kst|sk)_(live|test)_[A-Za-z0-9_-]+|(?<=token=)[^&\s\"']+|(?<=/media/twilio/)[^/\s\"'?]+"
    r"|(?<=/media/telnyx/)[^/\s\"'?]+|(?<=call_[a-z2-7]{26}\.)[A-Za-z0-9_-]+|(?<=Bearer )\S+"
)
"""Kallglot's keys and stream tokens, tickets in media paths and elsewhere, bearer headers."""

_SIP_USER = re.compile(r"(sips?:)(?:(?!sips?:)[^\s@<>\"])+@", re.IGNORECASE)
"""Whose address it is: a number, or a name, which may have an apostrophe in it (RFC 3261 §25.1). No longer than to the
next address, so that no text takes long to look through."""

_SECRET_KEYS = frozenset(
    {
        "api_key",
        "auth_token",
        "auth_tokens",
        "authorization",
        "payload",
        "password",
        "secret",
        "ticket",
        "token",
        "webhook_secret",
        "body",
    }
)

_PLAIN_KEYS = frozenset(
    {
        "timestamp",
        "level",
        "logger",
        "call_id",
        "carrier_call_id",
        "session_id",
        "stream_id",
        "request_id",
        "carrier",
        "replica",
        "version",
        "reason",
        "created_at",
        "port",
        "address",
    }
)
"""Fields that never hold a number or a secret and would only be damaged: ids are digits too."""

_KEPT_DIGITS = 2
"""The last digits, so that two callers can be told apart."""


def mask_number(number: str) -> str:
    """A telephone number or SIP address as it may be shown: `+1*********34`, `sip:***@example.com`."""
    if number.startswith(("sip:", "sips:")):
        scheme, _, rest = number.partition(":")
        user, at, host = rest.partition("@")
        return f"{scheme}:***{at}{host}" if at else f"{scheme}:{mask_number(user)}"
    digits = [i for i, c in enumerate(number) if c.isdigit()]
    hidden = set(digits[1:-_KEPT_DIGITS])
    return "".join("*" if i in hidden else c for i, c in enumerate(number))


def redact_text(text: str) -> str:
    """Free text with numbers masked and tokens and users of SIP addresses replaced by `***`."""
    return _NUMBER.sub(_masked, _SIP_USER.sub(r"\1***@", _TOKEN.sub("***", text)))


def _masked(match: re.Match[str]) -> str:
    found = match.group()
    return mask_number(found) if sum(c.isdigit() for c in found) >= _FEWEST_DIGITS else found


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that does this to every field of a log line."""
    for key, value in event.items():
        if key not in _PLAIN_KEYS:
            event[key] = _redact(key, value)
    return event


def _redact(key: str, value: object) -> object:
    match value:
        case _ if key in _SECRET_KEYS:
            redacted: object = "***"
        case None | bool() | int() | float():
            redacted = value
        case bytes() | bytearray() | memoryview():
            redacted = f"<{len(value)} bytes>"
        case Mapping():
            redacted = {redact_text(str(k)): _redact(str(k), v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            redacted = [_redact("", v) for v in value]
        case _:
            redacted = redact_text(str(value))
    return redacted
