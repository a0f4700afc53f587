"""Which secrets a gateway needs for its routes and has not got, and whom it lets in without one. Sans-I/O.

Kallglot's key is always needed. A carrier's is needed where the carrier is expected: a route names it, or any of its
settings but `api_url` and the like is set. Where neither carrier is, both are: then any may call.
"""

from collections.abc import Iterable

from gateway.calls import Carrier
from gateway.routing.routes import Route
from gateway.settings.fields import all_settings
from gateway.settings.model import Settings


def missing_secrets(settings: Settings, routes: Iterable[Route]) -> list[str]:
    """Each with its setting's name and what it is needed for."""
    carriers = _expected(settings, routes)
    missing = []
    if not settings.kallglot.api_key.get_secret_value().strip():
        missing.append(_needed("kallglot.api_key", "to create sessions"))
    if Carrier.TWILIO in carriers and not any(
        token.get_secret_value().strip() for token in settings.twilio.auth_tokens
    ):
        missing.append(_needed("twilio.auth_tokens", "to check Twilio's webhooks"))
    if Carrier.TELNYX in carriers and settings.telnyx.require_signature and not settings.telnyx.public_key:
        missing.append(_needed("telnyx.public_key", "to check Telnyx' webhooks"))
    return missing


def unguarded(settings: Settings) -> list[str]:
    """Ways in for anybody, with the names of the settings that leave them open."""
    if settings.telnyx.require_signature or settings.telnyx.allow_cidrs:
        return []
    return [
        "telnyx.require_signature is false and telnyx.allow_cidrs is empty: anybody's webhook is believed, and opens a "
        "session that is billed"
    ]


def _expected(settings: Settings, routes: Iterable[Route]) -> set[Carrier]:
    expected = {route.carrier for route in routes if route.carrier is not None}
    if settings.twilio.account_sid or settings.twilio.auth_tokens:
        expected.add(Carrier.TWILIO)
    telnyx = settings.telnyx
    if telnyx.public_key or telnyx.api_key.get_secret_value() or telnyx.allow_cidrs or not telnyx.require_signature:
        expected.add(Carrier.TELNYX)
    return expected or set(Carrier)


def _needed(name: str, purpose: str) -> str:
    variable = next(setting.variable for setting in all_settings() if setting.name == name)
    return f"{name} ({variable}) is missing; it is needed {purpose}"
