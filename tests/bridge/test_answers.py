from dataclasses import replace

import pytest
from msgspec.structs import replace as replace_record

from gateway.bridge import answers
from gateway.bridge.addresses import PublicAddresses
from gateway.bridge.answers import Answer
from gateway.calls import Say
from gateway.carriers.base import ConnectStream, Dial, Document, HangUp, Reject
from gateway.routing.routes import Mode, Parting, Route
from gateway.store.record import Outcome
from gateway.telemetry.metrics import WebhookResult
from tests.bridge.records import call_id, live, ticket
from tests.routing.calls import call

SORRY = Say("Entschuldigung.", "de-DE")
HELLO = Say("Willkommen.", "de-DE")
ROUTE = Route(
    name="support",
    mode=Mode.BIDIRECTIONAL_TRANSLATION,
    on_failure=Parting(SORRY, dial="+14155550100"),
    after=Parting(Say("Danke.", "de-DE")),
)


@pytest.mark.parametrize("greeting", [HELLO, None], ids=["greeted", "resumed"])
def test_a_caller_is_brought_to_us_and_asked_for_afterwards(greeting: Say | None) -> None:
    """The ticket is in the path; the stream has our call id for its name."""
    answer = answers.connect(live(), ticket(), PublicAddresses("https://gw.test"), greeting, WebhookResult.CONNECTED)
    document = ConnectStream(
        media_url=f"wss://gw.test/media/twilio/{ticket().ticket_id}",
        stream_status_url=f"https://gw.test/webhooks/twilio/stream/{call_id()}",
        continue_url=f"https://gw.test/webhooks/twilio/continue/{call_id()}",
        name=call_id(),
        greeting=greeting,
    )
    assert answer == Answer(document, WebhookResult.CONNECTED)


def test_a_caller_who_comes_back_gets_a_stream_of_another_name() -> None:
    """Twilio's must be unique in a call; each still begins with our call id."""
    addresses = PublicAddresses("https://gw.test")
    records = [replace_record(live(), epoch=epoch) for epoch in (0, 2, 4)]
    documents = [answers.connect(each, ticket(), addresses, None, WebhookResult.RESUMED).document for each in records]
    names = [document.name for document in documents if isinstance(document, ConnectStream)]
    assert names == [call_id(), f"{call_id()}-2", f"{call_id()}-4"]


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        (answers.refuse(SORRY), HangUp(SORRY)),
        (answers.refuse(None), Reject(busy=False)),
        (answers.busy(ROUTE, SORRY), HangUp(SORRY)),
        (answers.busy(ROUTE, None), Reject(busy=True)),
    ],
    ids=["no route, in words", "no route, by tone", "full, in words", "full, by tone"],
)
def test_a_call_that_is_not_taken_costs_nothing(answer: Answer, document: Document) -> None:
    """The operator's words where there are some, else the carrier's own tone."""
    assert answer == Answer(document, WebhookResult.REFUSED)


def test_a_caller_for_whom_there_is_no_room_goes_to_the_overflow() -> None:
    """Somebody else's telephone rings, without a word from a gateway that has its hands full."""
    route = replace(ROUTE, overflow="+14155550177")
    assert answers.busy(route, SORRY) == Answer(Dial("+14155550177"), WebhookResult.OVERFLOWED)


def test_a_failure_is_said_and_the_caller_sent_on() -> None:
    failed = Answer(Dial("+14155550100", SORRY), WebhookResult.FAILED)
    assert answers.fail(ROUTE) == failed
    assert answers.part(ROUTE, Outcome.FAILURE) == failed


@pytest.mark.parametrize("outcome", [Outcome.AFTER, None], ids=["session ended", "call forgotten"])
def test_a_session_that_did_its_work_is_followed_by_after(outcome: Outcome | None) -> None:
    """Also where nothing is known of the call any more: nothing says that it failed."""
    assert answers.part(ROUTE, outcome) == Answer(HangUp(Say("Danke.", "de-DE")), WebhookResult.PARTED)


@pytest.mark.parametrize(
    ("caller", "called", "to", "shown"),
    [
        pytest.param("", "+14155551234", "+14155550100", "+14155551234", id="withheld"),
        pytest.param("client:alice", "+14155551234", "+14155550100", "+14155551234", id="browser"),
        pytest.param("5551234", "+14155551234", "+14155550100", "+14155551234", id="no international number"),
        pytest.param("+4930123456", "+14155551234", "+14155550100", "", id="number"),
        pytest.param("sip:bob@example.com", "+14155551234", "+14155550100", "", id="SIP caller"),
        pytest.param("", "+14155551234", "sip:desk@example.com", "", id="to a SIP address"),
        pytest.param("client:alice", "", "+14155550100", "", id="no number called"),
        pytest.param("client:alice", "sip:+14155551234@acme.example", "+14155550100", "", id="SIP address called"),
    ],
)
def test_who_is_dialled_is_shown_a_number(caller: str, called: str, to: str, shown: str) -> None:
    """The call to them would fail without one; the caller's own is shown wherever there is one."""
    answer = Answer(Dial(to, SORRY), WebhookResult.FAILED)
    assert answers.showing_a_number(answer, call(called, caller=caller)) == Answer(
        Dial(to, SORRY, shown), WebhookResult.FAILED
    )


def test_a_caller_who_is_not_sent_on_is_answered_alike() -> None:
    answer = Answer(HangUp(SORRY), WebhookResult.FAILED)
    assert answers.showing_a_number(answer, call(caller="")) is answer
