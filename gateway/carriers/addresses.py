"""Who calls and who is called: numbers, `sip:` addresses, and callers who do not want to be known. Sans-I/O."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

from gateway.carriers.forms import Form

MAX_CHARACTERS = 256
"""Longer than any number and than any SIP address a person would dial."""

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
"""At most 15 digits, by ITU-T E.164."""
_SIP_SCHEME = re.compile(r"^sips?:", re.IGNORECASE)
_SIP_HOST = re.compile(r"(\[[^]]*\]|[^:;?>]*).*", re.DOTALL)
_WITHHELD = frozenset({"anonymous", "unknown", "restricted", "unavailable", "blocked", "private", "withheld"})
_SIP_HEADER = "SipHeader_"
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
"""Visible: all that a SIP URI may be written in (RFC 3261 §25.1), escapes too."""


def is_e164(address: str) -> bool:
    """Whether an address is an international telephone number, with its `+`."""
    return _E164.fullmatch(address) is not None


def is_sip(address: str) -> bool:
    """Whether an address is a `sip:` or `sips:` URI."""
    return _SIP_SCHEME.match(address) is not None


def sip_uri(address: str) -> str:
    """`user@host` or a SIP URI, as a SIP URI."""
    return address if is_sip(address) else f"sip:{address}"


def sip_host(address: str) -> str:
    """The host of a SIP address in lower case, without port and parameters; "" where there is none."""
    return _SIP_HOST.sub(r"\1", _without_scheme(address).rpartition("@")[2], count=1).lower()


def caller_of(address: str, *, withheld_numbers: Collection[str] = ()) -> str:
    """A caller's address, or "" where it says only that the caller withheld it.

    What no address can be (control characters, hundreds of letters) counts as withheld too: a strange caller id
    must not cost the caller the call. Nor must a telephone that does not escape the letters of its SIP address as it
    should: it is done here, or Kallglot would refuse the session.
    """
    if len(address) > MAX_CHARACTERS or not address.isprintable():
        return ""
    user = _without_scheme(address).partition("@")[0]
    if user.lower() in _WITHHELD or user in withheld_numbers:
        return ""
    return quote(address, safe=_ASCII) if is_sip(address) else address


def called_of(form: Form) -> str:
    """The address that was called, or "" where there is none, or what cannot be one.

    A browser calls an application, and says itself what `To` is, or nothing
    (https://www.twilio.com/docs/voice/sdks/javascript): its caller is to be answered, by a route for any call or with
    the refusal, and not to hear the carrier's error message.
    """
    address = form.get("To")
    return address if len(address) <= MAX_CHARACTERS and address.isprintable() else ""


def sip_headers_of(form: Form) -> Mapping[str, str]:
    """The `X-…` headers of the INVITE, which arrive as `SipHeader_X-…`; of a repeated one the first."""
    headers: dict[str, str] = {}
    for key, value in form.pairs:
        name = key.removeprefix(_SIP_HEADER)
        if name != key and name[:2].upper() == "X-":
            headers.setdefault(name, value)
    return headers


def _without_scheme(address: str) -> str:
    return _SIP_SCHEME.sub("", address, count=1)
