"""What a carrier is told to do with a caller. Sans-I/O."""

from dataclasses import dataclass, replace

from gateway.bridge.addresses import PublicAddresses
from gateway.calls import IncomingCall, Say
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.routing.addresses import e164, is_sip, number_of
from gateway.routing.routes import Parting, Route
from gateway.store.record import CallRecord, Outcome, Ticket
from gateway.telemetry.metrics import WebhookResult


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, and what it means for the call."""

    document: Document
    result: WebhookResult


def connect(
    record: CallRecord, ticket: Ticket, addresses: PublicAddresses, greeting: Say | None, result: WebhookResult
) -> Answer:
    """Bring the caller to us."""
    carrier, call_id = record.carrier, record.call_id
    document = ConnectStream(
        media_url=addresses.media(carrier, ticket.ticket_id),
        stream_status_url=addresses.stream_status(carrier, call_id),
        continue_url=addresses.after_stream(carrier, call_id),
        # Unique in a call, Twilio asks: a caller who comes back gets another.
        name=f"{call_id}-{record.epoch}" if record.epoch else call_id,
        greeting=greeting,
    )
    return Answer(document, result)


def refuse(refusal: Say | None) -> Answer:
    """No route answers: the operator's words, or the carrier's own tone."""
    return Answer(HangUp(refusal) if refusal else Reject(busy=False), WebhookResult.REFUSED)


def busy(route: Route, refusal: Say | None) -> Answer:
    """There is no room: on to the route's overflow, else the operator's words, else the busy tone."""
    if route.overflow is not None:
        return Answer(Dial(route.overflow), WebhookResult.OVERFLOWED)
    return Answer(HangUp(refusal) if refusal else Reject(busy=True), WebhookResult.REFUSED)


def fail(route: Route) -> Answer:
    """There is no session, or it broke."""
    return Answer(_part(route.on_failure), WebhookResult.FAILED)


def part(route: Route, outcome: Outcome | None) -> Answer:
    """The stream is over and the caller is still there."""
    if outcome is Outcome.FAILURE:
        return fail(route)
    return Answer(_part(route.after), WebhookResult.PARTED)


def showing_a_number(answer: Answer, call: IncomingCall) -> Answer:
    """The same, such that who is dialled for a caller without a number is shown the number that was called.

    Carriers show the caller's own unless they are told otherwise, and need not connect who has none. Twilio's 13214:
    "if the calling leg is a client leg, the caller ID is required", a withheld one "may cause some destination
    providers to reject the call", and "the called number" may be shown (https://www.twilio.com/docs/api/errors/13214).
    Telnyx' D35: "calls with Caller ID Numbers that are not valid will be rejected". Of a SIP caller carriers may know a
    number that we do not.
    """
    document = answer.document
    if not isinstance(document, Dial) or is_sip(document.to) or is_sip(call.caller) or number_of(call.caller):
        return answer
    return replace(answer, document=replace(document, caller_id=e164(call.called) or ""))


def _part(parting: Parting) -> Document:
    return Dial(parting.dial, parting.say) if parting.dial else HangUp(parting.say)
