"""Twilio's webhooks: who may call them, what they say, what we answer. Sans-I/O."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from gateway.calls import Carrier, IncomingCall, StatusReport, StreamReport
from gateway.carriers.base import Document, WebhookRequest
from gateway.carriers.forms import is_form, query_of, read_form
from gateway.carriers.reports import status_report, stream_report
from gateway.carriers.twilio import signature, twiml
from gateway.carriers.twilio.media import TwilioMedia
from gateway.carriers.twilio.parameters import STREAM_EVENTS, incoming_call
from gateway.errors import SignatureError, SignatureFault, WebhookError


class TwilioWebhooks:
    """Twilio's dialect of webhooks and documents.

    A request may be signed with any of the tokens: the primary one, the one it is being rotated to, and those of
    other regions. Without tokens every request is refused.
    """

    carrier = Carrier.TWILIO

    def __init__(self, auth_tokens: Sequence[str]) -> None:
        # Anybody can sign with the empty key.
        self._tokens = tuple(token for token in auth_tokens if token.strip())

    def verify(self, request: WebhookRequest, now_s: int) -> None:  # noqa: ARG002 - Twilio signs no time
        claim = self._claim(request.headers)
        spellings = signature.webhook_spellings(request.url)
        signature.check(claim, self._tokens, spellings, signed_parameters(request))

    def verify_media(self, url: str, headers: Mapping[str, str], client_ip: str) -> None:  # noqa: ARG002 - Twilio has no fixed addresses
        signature.check(self._claim(headers), self._tokens, signature.socket_spellings(url))

    def parse_voice(self, request: WebhookRequest) -> IncomingCall:
        return incoming_call(read_form(request))

    def parse_status(self, request: WebhookRequest) -> StatusReport:
        return status_report(self.carrier, read_form(request))

    def parse_stream_status(self, request: WebhookRequest) -> StreamReport:
        return stream_report(self.carrier, read_form(request), STREAM_EVENTS)

    def document(self, document: Document) -> bytes:
        return twiml.render(document)

    def media(self) -> TwilioMedia:
        return TwilioMedia()

    def _claim(self, headers: Mapping[str, str]) -> signature.Claim:
        if not self._tokens:
            detail = "twilio.auth_tokens is empty: no signature can be checked"
            raise SignatureError(SignatureFault.UNCONFIGURED, detail)
        return signature.read_claim(headers)


def signed_parameters(request: WebhookRequest) -> Sequence[tuple[str, str]]:
    """The parameters that the signature covers beside the URL.

    Of a GET none: they are in the URL. Of a body that is no form none either: the URL covers its hash, `bodySHA256`.

    Raises:
        SignatureError: the body is one that no signature covers.
    """
    if request.method == "GET":
        return ()
    if request.body and not is_form(request):
        _check_body_hash(request)
        return ()
    try:
        return read_form(request).pairs
    except WebhookError as exc:
        raise SignatureError(SignatureFault.MALFORMED, str(exc)) from exc


def _check_body_hash(request: WebhookRequest) -> None:
    try:
        declared = parse_qs(query_of(request.url), errors="replace", max_num_fields=1000).get("bodySHA256", [""])[0]
    except ValueError as exc:
        raise SignatureError(SignatureFault.MALFORMED, "more than 1000 query parameters") from exc
    if not declared:
        raise SignatureError(SignatureFault.MALFORMED, "the body is no form and bodySHA256 is missing")
    found = hashlib.sha256(request.body).hexdigest()
    if not hmac.compare_digest(found.encode(), declared.encode(errors="surrogatepass")):
        raise SignatureError(SignatureFault.MISMATCH, "bodySHA256 does not match the body")
