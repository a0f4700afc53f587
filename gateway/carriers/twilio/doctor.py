"""Why a request's `X-Twilio-Signature` is refused. Sans-I/O."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.carriers.base import WebhookRequest
from gateway.carriers.captured import Captured
from gateway.carriers.diagnosis import Attempt, Diagnosis, masked
from gateway.carriers.twilio import signature
from gateway.carriers.twilio.mutilations import Pairs, form_variants
from gateway.carriers.twilio.signature import Algorithm, Claim
from gateway.carriers.twilio.spellings import UrlVariant, spellings, url_variants
from gateway.carriers.twilio.webhooks import TwilioWebhooks, signed_parameters
from gateway.errors import SignatureError, SignatureFault

_LIKELY = {
    SignatureFault.MISSING: "Twilio signs every request, so this one is not from Twilio, or a proxy dropped the header",
    SignatureFault.UNCONFIGURED: "put the account's Auth Token there",
    SignatureFault.MISMATCH: "the body was altered on the way, or by whoever wrote it down",
}
"""What to think of a refusal that needs no search."""
_CHARACTERS = {Algorithm.HMAC_SHA1: 28, Algorithm.HMAC_SHA256: 44}
"""Of a signature in base64."""


def diagnose(captured: Captured, public_url: str, tokens: Sequence[str], account_sid: str = "") -> Diagnosis:
    """Find out what Twilio signed; the last three are the gateway's settings."""
    request = captured.as_request(public_url.replace("http", "ws", 1) if captured.is_socket else public_url)
    keys = tuple(masked(token) for token in tokens)
    refusal = _refusal(captured, request, tokens)
    try:
        if refusal and refusal.fault is not SignatureFault.MISMATCH:
            raise refusal
        pairs = () if captured.is_socket else signed_parameters(request)
    except SignatureError as exc:
        verdict = ": ".join(filter(None, (str(exc), _LIKELY.get(exc.fault))))
        return Diagnosis(is_right=False, verdict=verdict, expected=request.url, keys=keys)
    search = _Search(captured, request, public_url, tokens, pairs, signature.read_claim(request.headers))
    attempts, verdict = search.run()
    return Diagnosis(
        is_right=refusal is None,
        verdict=verdict or _no_clue(search, account_sid),
        expected=request.url,
        keys=keys,
        attempts=tuple(attempts),
    )


def _refusal(captured: Captured, request: WebhookRequest, tokens: Sequence[str]) -> SignatureError | None:
    """What the gateway has against it, None for nothing."""
    webhooks = TwilioWebhooks(tokens)
    try:
        if captured.is_socket:
            webhooks.verify_media(request.url, request.headers, "")
        else:
            webhooks.verify(request, 0)
    except SignatureError as exc:
        return exc
    return None


@dataclass(frozen=True, slots=True)
class _Search:
    """For what the signature fits."""

    captured: Captured
    request: WebhookRequest
    public_url: str
    tokens: Sequence[str]
    pairs: Pairs
    claim: Claim

    def run(self) -> tuple[list[Attempt], str]:
        """Everything tried that is worth showing, and the verdict; "" where nothing fits."""
        own = {url for url, _ in spellings(self.request.url, is_socket=self.captured.is_socket)}
        attempts, verdict = [], ""
        for variant in url_variants(self.captured, self.public_url):
            key = self._fits(variant.url, self.pairs)
            attempts.append(Attempt(variant.url, variant.note, key))
            if key is not None and not verdict:
                is_own = variant.url in own
                verdict = self._right(key) if is_own else _elsewhere(variant, self.public_url)
        if not verdict:
            for altered in self._altered():
                attempts.append(altered)
                verdict = altered.note
        return attempts, verdict

    def _altered(self) -> Iterator[Attempt]:
        """The first guess at the parameters that fits, if one does."""
        for variant in form_variants(self.captured, self.request.url, self.pairs):
            for url, _ in spellings(variant.url, is_socket=self.captured.is_socket):
                key = self._fits(url, variant.pairs)
                if key is not None:
                    yield Attempt(url, variant.verdict, key)
                    return

    def _right(self, key: int) -> str:
        return f"the signature is right: token {key + 1} of {len(self.tokens)} in twilio.auth_tokens made it"

    def _fits(self, url: str, pairs: Pairs) -> int | None:
        """The token that made the signature for this, None where none did."""
        given = self.claim.signature.encode(errors="surrogatepass")
        for index, token in enumerate(self.tokens):
            made = signature.sign(token, url, pairs, self.claim.algorithm).encode()
            if token.strip() and hmac.compare_digest(made, given):
                return index
        return None


def _elsewhere(variant: UrlVariant, public_url: str) -> str:
    """The URL that was signed is not ours: whose fault that is."""
    note = f" ({variant.note})" if variant.note else ""
    if variant.origin == public_url:
        return (
            f"the carrier signed {variant.url}, which is not the URL that arrived{note}: "
            "correct it in Twilio's console, or keep the proxy from changing it"
        )
    said = f"public_url says {public_url} but the carrier signed {variant.origin}{note}"
    if variant.origin.startswith("https://"):
        return f"{said}: set public_url to {variant.origin}"
    return f"{said}: the URL in Twilio's console must begin with https://, and public_url be the same"


def _no_clue(search: _Search, account_sid: str) -> str:
    claim, request = search.claim, search.request
    if len(claim.signature) != _CHARACTERS[claim.algorithm]:
        return (
            f"header {signature.HEADER} is no {claim.algorithm} signature, which has {_CHARACTERS[claim.algorithm]} "
            f"characters: a proxy altered it, or dropped {signature.SETTINGS_HEADER}"
        )
    usable = sum(1 for token in search.tokens if token.strip())
    said = f"twilio.auth_tokens: none of {usable} matches"
    account = dict(search.pairs).get("AccountSid", "")
    if account and account_sid and account != account_sid:
        return f"{said}: the request is of account {account}, twilio.account_sid is {account_sid}"
    return (
        f"{said} any variant of {request.url}: another account's or region's token signed it, "
        "or a parameter was altered on the way"
    )
