"""Telephone numbers and SIP addresses, as far as routes compare them. Sans-I/O.

Numbers: ITU-T E.164, at most 15 digits after the `+`. Addresses: RFC 3261 §19.1.
"""

import re

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_SEPARATORS = re.compile(r"[\s().-]")
"""What people write between the digits: `+1 (415) 555-1234`."""
_SIP = re.compile(r"sips?:(?:(?P<user>[^@;:]*)(?:[;:][^@]*)?@)?(?P<host>\[[^\]]+\]|[^:;?>@]+)[^@]*", re.IGNORECASE)


def e164(text: str) -> str | None:
    """The number without what was written between its digits, or None where it is no E.164 number."""
    number = _SEPARATORS.sub("", text)
    return number if _E164.fullmatch(number) else None


def e164_prefix(text: str) -> str | None:
    """The beginning of E.164 numbers, `+` and at least one digit, or None where it is none."""
    prefix = _SEPARATORS.sub("", text)
    return prefix if _PREFIX.fullmatch(prefix) else None


def is_sip(address: str) -> bool:
    """Whether it is a `sip:` or `sips:` address."""
    return _SIP.fullmatch(address) is not None


def sip_host(address: str) -> str | None:
    """The host of a SIP address in lower case, or None where it is no such address."""
    found = _SIP.fullmatch(address)
    return found["host"].lower() if found else None


def number_of(address: str) -> str | None:
    """The E.164 number that an address is or, as `sip:+14155551234@…`, carries; None where there is none."""
    found = _SIP.fullmatch(address)
    return e164(found["user"] or "") if found else e164(address)
