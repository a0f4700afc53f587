"""The right to open a call's media socket. Sans-I/O.

A ticket names its call and holds 256 random bits. It stands in the path of the media URL, where both carriers keep it
(Twilio drops query strings), and is good once.
"""

import base64
import hmac

from msgspec import structs

from gateway.calls import CallId, Carrier, TicketId
from gateway.errors import TicketError, TicketFault
from gateway.store.record import CallRecord, Phase, Ticket

SECRET_BYTES = 32
"""256 bits: not to be guessed, however many try."""


def issue(call_id: CallId, secret: bytes, expires_ms: int) -> Ticket:
    """A ticket for the call; `secret` is random."""
    text = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return Ticket(TicketId(f"{call_id}.{text}"), expires_ms)


def call_of(ticket_id: TicketId) -> CallId:
    """The call that a ticket says it is for; it need not be true."""
    return CallId(ticket_id.partition(".")[0])


def redeem(record: CallRecord | None, ticket_id: TicketId, carrier: Carrier, now_ms: int) -> CallRecord:
    """The call's record with its ticket used up.

    Raises:
        TicketError: the ticket opens nothing.
    """
    ticket = record.ticket if record is not None else None
    if record is None or ticket is None or not _is_same(ticket.ticket_id, ticket_id):
        raise TicketError(TicketFault.UNKNOWN)
    if record.carrier is not carrier:
        raise TicketError(TicketFault.WRONG_CARRIER)
    if record.phase is not Phase.LIVE:
        raise TicketError(TicketFault.CALL_OVER)
    if ticket.used:
        raise TicketError(TicketFault.USED)
    if ticket.expires_ms <= now_ms:
        raise TicketError(TicketFault.EXPIRED)
    return structs.replace(record, ticket=structs.replace(ticket, used=True), epoch=record.epoch + 1)


def _is_same(ours: TicketId, theirs: TicketId) -> bool:
    """In constant time; as bytes, because a path may hold any character."""
    return hmac.compare_digest(ours.encode(), theirs.encode(errors="replace"))
