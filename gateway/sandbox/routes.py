"""Which line a session gets: `routing` resolved in the documented order. Sans-I/O.

Document: "Telephony providers". `connection_id`, then SIP, then a managed number, then the default connection, else a
setup error. What that error is the documents do not say: 422 `routing_not_configured`, naming the field.
"""

from enum import StrEnum

from msgspec import Struct

from gateway.sandbox.organization import Connection, Organization
from gateway.sandbox.plans import Routing, SessionPlan
from gateway.sandbox.refusals import ErrorType, Refused


class Provider(StrEnum):
    """The `provider` of a session's answer: the resolved carrier."""

    TWILIO = "twilio"
    TELNYX = "telnyx"
    SIP = "sip"
    WEBRTC = "webrtc"


class Route(Struct, frozen=True):
    """The line that was found."""

    provider: Provider
    phone_number: str | None = None
    connection_id: str | None = None


STREAM_ONLY = Route(Provider.WEBRTC)
"""No telephony: the audio comes over the stream, which the documents call WebRTC."""


def resolve(plan: SessionPlan, organization: Organization) -> Route:
    """The line for a session.

    Raises:
        Refused: 422, nothing that was set up fits.
    """
    routing = plan.routing or Routing()
    if routing.connection_id is not None:
        return _own_connection(routing.connection_id, organization)
    if routing.type == "sip":
        return Route(Provider.SIP)
    if routing.phone_number is not None:
        return _number(routing.phone_number, organization)
    default = _default_connection(organization)
    return STREAM_ONLY if default is None else _route(default)


def _own_connection(connection_id: str, organization: Organization) -> Route:
    if not organization.owns_lines:
        return Route(Provider.TWILIO, connection_id=connection_id)
    for connection in organization.connections:
        if connection.id == connection_id and connection.active:
            return _route(connection)
    raise _not_configured("routing.connection_id", f"No active connection '{connection_id}' is set up.")


def _number(phone_number: str, organization: Organization) -> Route:
    if not organization.owns_lines:
        return Route(Provider.TWILIO, phone_number)
    for number in organization.numbers:
        if number.phone_number == phone_number and number.active:
            return Route(Provider(number.carrier), phone_number)
    default = _default_connection(organization)
    if default is None:
        message = f"'{phone_number}' is no active managed number, and there is no default connection."
        raise _not_configured("routing.phone_number", message)
    return Route(Provider(default.carrier), phone_number, default.id)


def _default_connection(organization: Organization) -> Connection | None:
    return next((each for each in organization.connections if each.default and each.active), None)


def _route(connection: Connection) -> Route:
    return Route(Provider(connection.carrier), connection.phone_number, connection.id)


def _not_configured(param: str, message: str) -> Refused:
    return Refused(422, "routing_not_configured", message, kind=ErrorType.VALIDATION, param=param)
