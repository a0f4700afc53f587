import pytest

from gateway.errors import MessageError, MessageFault
from gateway.simulator.markup import (
    DOCUMENT_LIMIT,
    Connect,
    Dial,
    Hangup,
    Pause,
    Redirect,
    Reject,
    Say,
    Stream,
    Verb,
    outline,
    parse,
)

_STREAM = frozenset({"url", "name", "statusCallback"})


def _verbs(inside: str) -> tuple[Verb, ...]:
    document = parse(f"<Response>{inside}</Response>".encode(), _STREAM)
    assert document.problems == ()
    return document.verbs


def test_reads_a_gateways_answer() -> None:
    """Greeting, stream with its attributes and parameters, and where to go on."""
    document = parse(
        b"""<?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <!-- hello -->
          <Say language="de-DE">Willkommen &amp; hallo</Say>
          <Connect action="/after" method="get">
            <Stream url="wss://gw.example.com/media" name="call-1" statusCallback="https://gw.example.com/stream">
              <Parameter name="token" value="a&lt;b"/>
            </Stream>
          </Connect>
          <Redirect method="POST">https://gw.example.com/continue</Redirect>
        </Response>""",
        _STREAM,
    )
    attributes = {
        "url": "wss://gw.example.com/media",
        "name": "call-1",
        "statusCallback": "https://gw.example.com/stream",
    }
    assert document.problems == ()
    assert document.verbs == (
        Say("Willkommen & hallo", "de-DE"),
        Connect(Stream("wss://gw.example.com/media", attributes, {"token": "a<b"}), "/after", "GET"),
        Redirect("https://gw.example.com/continue", "POST"),
    )


@pytest.mark.parametrize(
    ("inside", "verb"),
    [
        ("<Hangup/>", Hangup()),
        ("<Reject/>", Reject("rejected")),
        ('<Reject reason="busy"/>', Reject("busy")),
        ("<Pause/>", Pause(1)),
        ('<Pause length="3"/>', Pause(3)),
        ("<Dial>+14155550100</Dial>", Dial("+14155550100")),
        ('<Dial callerId="+1"><Number>+14155550100</Number></Dial>', Dial("+14155550100")),
        ("<Dial><Sip>sip:bob@example.com</Sip></Dial>", Dial("sip:bob@example.com", sip=True)),
        ("<Say></Say>", Say("")),
    ],
)
def test_reads_each_verb(inside: str, verb: Verb) -> None:
    """The verbs that a gateway may answer with, and what they default to."""
    assert _verbs(inside) == (verb,)


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("<say>hi</say>", "<say> is not a verb that is known here"),
        ('<Hangup now="yes"/>', "<Hangup> has no attribute 'now'"),
        ('<Connect><Stream url="wss://x" codec="PCMU"/></Connect>', "<Stream> has no attribute 'codec'"),
        ("<Connect/>", "<Connect> must hold one <Stream> with a url"),
        ("<Connect><Stream/></Connect>", "<Connect> must hold one <Stream> with a url"),
        ('<Connect><Stream url="wss://x"><Say/></Stream></Connect>', "<Stream> cannot hold <Say>"),
        ('<Pause length="soon"/>', "<Pause length> must be whole seconds, not 'soon'"),
        ("<Dial/>", "<Dial> names nobody"),
        ("<Dial><Client>bob</Client></Dial>", "<Dial> cannot hold <Client>"),
    ],
    ids=lambda value: value if value.startswith("<") and value.endswith(">") else "",
)
def test_notes_what_a_carrier_would_not_understand(inside: str, problem: str) -> None:
    """Names are case-sensitive; what is unknown is named and the rest of the document followed."""
    document = parse(f"<Response>{inside}<Hangup/></Response>".encode(), _STREAM)
    assert problem in document.problems
    assert document.verbs[-1] == Hangup()


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        pytest.param(b"", MessageFault.NOT_A_MESSAGE, id="empty"),
        pytest.param(b"hello", MessageFault.NOT_A_MESSAGE, id="no XML"),
        pytest.param(b"<Response>", MessageFault.NOT_A_MESSAGE, id="cut off"),
        pytest.param(b"<html></html>", MessageFault.NOT_A_MESSAGE, id="another root"),
        pytest.param("<Response/>".encode("utf-16"), MessageFault.NOT_A_MESSAGE, id="UTF-16"),
        pytest.param(
            b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Response>&a;</Response>', MessageFault.NOT_A_MESSAGE, id="entities"
        ),
        pytest.param(b"<Response>" + b" " * DOCUMENT_LIMIT + b"</Response>", MessageFault.TOO_LARGE, id="too large"),
    ],
)
def test_refuses_what_is_no_document(document: bytes, fault: MessageFault) -> None:
    """A carrier that cannot read its instructions says so instead of guessing."""
    with pytest.raises(MessageError) as caught:
        parse(document, _STREAM)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("verb", "line"),
    [
        (Say("hello"), ("Say", "hello")),
        (Pause(2), ("Pause", "2 s")),
        (Connect(Stream("wss://x")), ("Connect", "wss://x")),
        (Redirect("https://x"), ("Redirect", "https://x")),
        (Dial("+1"), ("Dial", "+1")),
        (Reject("busy"), ("Reject", "busy")),
        (Hangup(), ("Hangup", "")),
    ],
)
def test_outlines_a_verb(verb: Verb, line: tuple[str, str]) -> None:
    """A report shows the verb as it stands in the document, and the one thing that tells it from others."""
    assert outline(verb) == line
