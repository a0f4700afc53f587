"""What a carrier is told to do with a caller. Sans-I/O."""

from dataclasses import dataclass

from gateway.bridge.addresses import PublicAddresses
from gateway.calls import Say
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
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
        name=call_id,
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


def _part(parting: Parting) -> Document:
    return Dial(parting.dial, parting.say) if parting.dial else HangUp(parting.say)
