"""The form parameters of a webhook, none lost: blank and repeated ones too. Sans-I/O.

Encoding: WHATWG URL standard, `application/x-www-form-urlencoded`, UTF-8.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from gateway.calls import CarrierCallId
from gateway.carriers.base import WebhookRequest
from gateway.errors import WebhookError

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_PARAMETERS = 1000
"""Far above the forty or so that carriers send, SIP headers included; a bound for what we sort and hash."""

_CALL_ID = re.compile(r"[\x21-\x7e]{1,256}")
"""Twilio's is `CA` and 32 hex digits, Telnyx' any length and with `:`; both are visible ASCII."""
_QUOTED_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Form:
    """A webhook's parameters in the order they came."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The parameter's first value, trimmed; "" where it is blank or absent."""
        return next((value.strip() for key, value in self.pairs if key == name), "")

    def require(self, name: str) -> str:
        """The parameter's first value, trimmed.

        Raises:
            WebhookError: it is blank or absent.
        """
        value = self.get(name)
        if not value:
            raise WebhookError(f"{name} is missing", param=name)
        return value


def is_form(request: WebhookRequest) -> bool:
    """Whether the body claims to be a form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


def read_form(request: WebhookRequest) -> Form:
    """The parameters of a request: of a GET those in its query, of a POST those in its body and no others.

    A POST's query is not read because Telnyx does not sign it. What is not UTF-8 becomes U+FFFD, as in web frameworks:
    a caller's name in another encoding must not cost the caller the call.

    Raises:
        WebhookError: neither GET nor POST, a body that is no form, or too many parameters.
    """
    if request.method == "GET":
        return _parse(query_of(request.url))
    if request.method != "POST":
        raise WebhookError(f"method must be GET or POST, not {quoted(request.method)}")
    if request.body and not is_form(request):
        content_type = quoted(request.headers.get("content-type", ""))
        raise WebhookError(f"content-type must be {FORM_TYPE}, not {content_type}")
    return _parse(request.body.decode(errors="replace"))


def query_of(url: str) -> str:
    """The query string of a URL, "" where it has none."""
    return url.partition("#")[0].partition("?")[2]


def call_id_of(form: Form) -> CarrierCallId:
    """The carrier's id of the call that a webhook is about.

    Raises:
        WebhookError: there is none, or it cannot be one.
    """
    value = form.require("CallSid")
    if not _CALL_ID.fullmatch(value):
        raise WebhookError(f"CallSid must be 1 to 256 visible ASCII characters, not {quoted(value)}", param="CallSid")
    return CarrierCallId(value)


def quoted(value: str) -> str:
    """A value from outside as an error message may show it: on one line, and not at any length."""
    return ascii(value if len(value) <= _QUOTED_CHARACTERS else value[:_QUOTED_CHARACTERS] + "…")


def _parse(text: str) -> Form:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_PARAMETERS)
    except ValueError as exc:
        raise WebhookError(f"more than {MAX_PARAMETERS} parameters") from exc
    return Form(tuple(pairs))
