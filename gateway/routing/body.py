"""The body of POST /v1/sessions for a call and the route that answers it. Sans-I/O.

Reference: https://developer.kallglot.com/api-reference/sessions/create: "Exactly one routing method should be
supplied", and "Do not send a top-level `provider` object on create."
"""

from typing import assert_never

from gateway.calls import CallId, Carrier, IncomingCall
from gateway.routing.addresses import is_sip, number_of
from gateway.routing.routes import ConnectionRouting, NoRouting, PhoneNumberRouting, Route, SipRouting

RESERVED_METADATA = frozenset({"from_number", "to_number", *(f"{carrier}_call_sid" for carrier in Carrier)})
"""Metadata that is the call's own: a route must not say otherwise."""


def session_body(route: Route, call: IncomingCall) -> dict[str, object]:
    """What to create for this call; the same each time, so that an idempotent repetition is one."""
    body: dict[str, object] = {key: value for key, value in route.session.items() if key != "metadata"}
    body["mode"] = route.mode.value
    if route.source_language is not None:
        body["source_language"] = route.source_language
    if route.target_language is not None:
        body["target_language"] = route.target_language
    if routing := _routing(route, call):
        body["routing"] = routing
    body["metadata"] = {**route.metadata, **_call_metadata(call)}
    return body


def idempotency_key(call_id: CallId) -> str:
    """The same for every webhook of one call, however often and wherever it arrives."""
    return f"gateway-{call_id}"


def _routing(route: Route, call: IncomingCall) -> dict[str, object]:
    match route.routing:
        case NoRouting():
            return {}
        case ConnectionRouting(connection_id):
            return {"connection_id": connection_id, "direction": "inbound"}
        case SipRouting():
            return _sip_routing(call)
        case PhoneNumberRouting():
            return _number_routing(call)
        case _:
            assert_never(route.routing)


def _number_routing(call: IncomingCall) -> dict[str, object]:
    """The called number; SIP routing where a SIP address was called that holds none, as a SIP call is all it is.

    A called number that is not E.164, a short code for instance, is passed on as it is: Kallglot knows whether it
    is one of its own. Where no number was called none is sent: Kallglot's own samples for browsers send no routing.
    """
    number = number_of(call.called)
    if number is None and (call.sip is not None or is_sip(call.called)):
        return _sip_routing(call)
    return {"phone_number": number or call.called} if call.called else {}


def _sip_routing(call: IncomingCall) -> dict[str, object]:
    sip: dict[str, object] = {}
    if is_sip(call.caller):
        sip["from_uri"] = call.caller
    if call.sip is not None and call.sip.headers:
        sip["headers"] = dict(call.sip.headers)
    return {"type": "sip", "sip": sip} if sip else {"type": "sip"}


def _call_metadata(call: IncomingCall) -> dict[str, object]:
    return {
        f"{call.carrier}_call_sid": call.carrier_call_id,
        "from_number": call.caller,
        "to_number": call.called,
    }
