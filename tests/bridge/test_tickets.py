import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.bridge import tickets
from gateway.bridge.lifecycle import Lifecycle, LifecyclePolicy
from gateway.calls import Carrier, EndReason, TicketId
from gateway.errors import TicketError, TicketFault
from gateway.store.record import CallRecord, Outcome
from tests.bridge.records import call_id, live, opening, ticket
from tests.fakes.clock import UNIX_MS


def _fault(
    record: CallRecord | None,
    ticket_id: TicketId | None = None,
    carrier: Carrier = Carrier.TWILIO,
    now_ms: int = UNIX_MS,
) -> TicketFault:
    """Why the ticket opens nothing."""
    with pytest.raises(TicketError) as refused:
        tickets.redeem(record, ticket().ticket_id if ticket_id is None else ticket_id, carrier, now_ms)
    return refused.value.fault


@given(st.binary(min_size=tickets.SECRET_BYTES, max_size=tickets.SECRET_BYTES))
def test_a_ticket_fits_into_a_path_and_names_its_call(secret: bytes) -> None:
    """Nothing in it needs escaping; both carriers keep it as it is."""
    issued = tickets.issue(call_id(), secret, UNIX_MS)
    assert all(c.isascii() and (c.isalnum() or c in "-_.") for c in issued.ticket_id)
    assert tickets.call_of(issued.ticket_id) == call_id()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=5, unique=True))
def test_no_two_secrets_are_one_ticket(secrets: list[bytes]) -> None:
    assert len({tickets.issue(call_id(), secret, UNIX_MS).ticket_id for secret in secrets}) == len(secrets)


def test_a_good_ticket_is_used_up() -> None:
    """The second socket that comes with it is refused."""
    used = tickets.redeem(live(), ticket().ticket_id, Carrier.TWILIO, UNIX_MS)
    assert used.ticket == structs.replace(ticket(), used=True)
    assert _fault(used) is TicketFault.USED


def test_each_socket_is_a_new_epoch() -> None:
    """A socket of an older one must not feed the session any more."""
    assert tickets.redeem(live(), ticket().ticket_id, Carrier.TWILIO, UNIX_MS).epoch == live().epoch + 1


def test_a_ticket_is_good_until_it_expires() -> None:
    expires_ms = ticket().expires_ms
    assert tickets.redeem(live(), ticket().ticket_id, Carrier.TWILIO, expires_ms - 1).ticket is not None
    assert _fault(live(), now_ms=expires_ms) is TicketFault.EXPIRED


def test_a_ticket_is_good_at_its_own_carrier_only() -> None:
    assert _fault(live(), carrier=Carrier.TELNYX) is TicketFault.WRONG_CARRIER


def test_a_ticket_of_a_call_that_is_over_is_refused_as_such() -> None:
    """The caller hung up while the carrier was dialling us."""
    lifecycle = Lifecycle(LifecyclePolicy())
    over = lifecycle.over(live(), Outcome.AFTER, EndReason.CALLER_HUNG_UP, UNIX_MS, caller_gone=True).record
    assert _fault(over) is TicketFault.CALL_OVER
    assert _fault(lifecycle.ended(over, UNIX_MS).record) is TicketFault.CALL_OVER


@pytest.mark.parametrize(
    "presented",
    ["", ".", call_id(), f"{call_id()}.", ticket().ticket_id[:-1], ticket().ticket_id + "A", f"{call_id()}.é\udcff"],
    ids=["empty", "dot", "no secret", "empty secret", "too short", "too long", "not ASCII"],
)
def test_a_ticket_that_was_not_issued_opens_nothing(presented: str) -> None:
    """Whatever stands in the path."""
    assert _fault(live(), TicketId(presented)) is TicketFault.UNKNOWN


def test_a_replaced_ticket_opens_nothing() -> None:
    """A caller who came back has a new one."""
    back = structs.replace(live(), ticket=ticket(secret=b"n" * 32))
    assert _fault(back) is TicketFault.UNKNOWN


def test_a_ticket_of_no_call_opens_nothing() -> None:
    assert _fault(None) is TicketFault.UNKNOWN


def test_a_call_without_a_ticket_opens_nothing() -> None:
    assert _fault(opening()) is TicketFault.UNKNOWN
