"""What a carrier does before, between and after streams, by its documents; test_call.py has the streams."""

import asyncio

import pytest
from starlette.responses import Response

from gateway.simulator.call import place_call
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import Callback, EndedBy
from tests.simulator.fake_gateway import Session, listen, running, signed_by_twilio

VOICE = "/webhooks/twilio/voice"
GOODBYE = "<Response><Say>Goodbye</Say><Hangup/></Response>"
STREAM = (
    '<Response><Connect><Stream url="ws://gateway/media/x" statusCallback="{}/stream"/></Connect>'
    "<Redirect>/continue</Redirect></Response>"
)
CONNECTED = (
    '<Response><Connect><Stream url="ws://gateway/media/x" name="call-1"/></Connect>'
    '<Redirect method="POST">/continue?n=1</Redirect></Response>'
)


async def test_twilio_tries_again_as_the_overrides_of_its_number_say() -> None:
    """A fragment that is not part of what is asked for or signed."""
    async with running({VOICE: [Response(status_code=502), Response(status_code=502), GOODBYE]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, overrides="rc=2&rp=5xx"))
    assert (report.ended_by, report.attempts, len(gateway.of(VOICE))) == (EndedBy.HANGUP, 2, 3)


@pytest.mark.parametrize(
    ("answer", "code"),
    [(Response(status_code=500), "11200"), ("<Nothing/>", "12100")],
    ids=["status", "no document"],
)
async def test_the_fallback_is_told_what_failed(answer: str | Response, code: str) -> None:
    """Twilio's error code, and where."""
    fallback = "/webhooks/twilio/fallback"
    async with running({VOICE: [answer], fallback: [GOODBYE]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, falls_back=True))
    [asked] = gateway.of(fallback)
    assert (asked.parameters["ErrorCode"], asked.parameters["ErrorUrl"]) == (code, gateway.url + VOICE)
    assert report.ended_by is EndedBy.HANGUP


async def test_dial_goes_on_at_its_action() -> None:
    """With how the dialled call ended."""
    document = '<Response><Dial action="/dialled">+14155550199</Dial><Say>never said</Say></Response>'
    async with running({VOICE: [document], "/dialled": [GOODBYE]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url))
    assert gateway.of("/dialled")[0].parameters["DialCallStatus"] == "completed"
    assert report.said == ["Goodbye"]


async def test_more_parameters_come_with_every_webhook() -> None:
    """As `ForwardedFrom` or `CallerName` do where a carrier has them."""
    async with running({VOICE: ["<Response><Reject/></Response>"]}) as gateway:
        await place_call(CallPlan(gateway_url=gateway.url, extra_parameters={"ForwardedFrom": "+14155550177"}))
    assert [asked.parameters["ForwardedFrom"] for asked in gateway.asked] == ["+14155550177"] * 2
    assert gateway.asked[1].parameters["CallStatus"] == "failed"


async def test_telnyx_answers_before_it_asks() -> None:
    """Its status callbacks tell of the call from its first moment."""
    voice = "/webhooks/telnyx/voice"
    async with running({voice: [GOODBYE]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, carrier="telnyx"))
    told = [asked.parameters for asked in gateway.of("/webhooks/telnyx/status")]
    assert sorted((p["SequenceNumber"], p["CallStatus"]) for p in told) == [
        ("0", "initiated"),
        ("2", "in-progress"),
        ("3", "completed"),
    ]
    assert gateway.of(voice)[0].parameters["CallStatus"] == "in-progress"
    assert len(report.callbacks) == 3


async def test_a_broken_socket_is_told_apart_from_a_closed_one() -> None:
    """`stream-error` with Twilio's code, and the document goes on."""

    async def vanish(session: Session) -> None:
        await session.until("start")
        raise asyncio.CancelledError

    documents: dict[str, list[str | Response]] = {VOICE: [], "/continue": [GOODBYE]}
    async with running(documents, vanish) as gateway:
        documents[VOICE].append(STREAM.format(gateway.url))
        report = await place_call(CallPlan(gateway_url=gateway.url))
    errors = [asked.parameters for asked in gateway.of("/stream") if asked.parameters["StreamEvent"] == "stream-error"]
    assert [error["StreamError"] for error in errors] == ["Stream - Connection Broken Pipe (31903)"]
    assert (report.broken_media, report.said) == (["31903"], ["Goodbye"])


async def test_late_callbacks_come_out_of_order() -> None:
    """All of them do come, and each says when it was that it tells of."""
    documents: dict[str, list[str | Response]] = {VOICE: []}
    async with running(documents, listen) as gateway:
        documents[VOICE].append(STREAM.format(gateway.url))
        faults = (parse_fault("late_callbacks:ms=600"),)
        await place_call(CallPlan(gateway_url=gateway.url, hangup_after_s=0.1, faults=faults, seed=1))
    events = [asked.parameters.get("StreamEvent", "completed") for asked in gateway.asked if asked.path != VOICE]
    assert sorted(events) == ["completed", "stream-started", "stream-stopped"]
    assert events != ["stream-started", "stream-stopped", "completed"]
    happened = {asked.parameters["StreamEvent"]: asked.parameters["Timestamp"] for asked in gateway.of("/stream")}
    assert happened["stream-started"] < happened["stream-stopped"]


@pytest.mark.parametrize(("attribute", "streams"), [("", 2), ('enableReconnect="false"', 1)], ids=["default", "off"])
async def test_telnyx_opens_a_lost_stream_once_more_unless_it_is_told_not_to(attribute: str, streams: int) -> None:
    """With a greeting and a start of its own, before the document goes on."""

    async def vanish(session: Session) -> None:
        await session.until("start")
        raise asyncio.CancelledError

    document = (
        f'<Response><Connect><Stream url="ws://gateway/m" bidirectionalMode="rtp" {attribute}/></Connect>'
        "<Say>Sorry</Say></Response>"
    )
    async with running({"/webhooks/telnyx/voice": [document]}, vanish) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, carrier="telnyx"))
    assert [session.messages[1]["event"] for session in gateway.sessions] == ["start"] * streams
    assert (report.close_codes, report.said) == ([1006] * streams, ["Sorry"])


async def test_the_documents_next_verb_follows_a_closed_stream() -> None:
    """The gateway closes, and the caller is still there: the redirect is asked for, signed, and followed."""

    async def close(session: Session) -> None:
        await session.until("media")
        await session.socket.close()

    async with running({VOICE: [CONNECTED], "/continue": [GOODBYE]}, close) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, auth_token="secret"))
    [again] = gateway.of("/continue")
    assert again.parameters["CallStatus"] == "in-progress"
    assert signed_by_twilio(again, f"{gateway.url}/continue?n=1")
    assert [name for name, _ in report.verbs] == ["Connect", "Redirect", "Say", "Hangup"]
    assert (report.said, report.close_codes, report.ended_by) == (["Goodbye"], [1000], EndedBy.HANGUP)


async def test_a_long_call_may_come_back_any_number_of_times() -> None:
    """It is no loop of redirects, however often its gateway hands it over."""

    async def close(session: Session) -> None:
        await session.until("start")
        await session.socket.close(1012)

    again = CONNECTED.replace("?n=1", "")
    async with running({VOICE: [again], "/continue": [*[again] * 12, GOODBYE]}, close) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url))
    assert (report.ended_by, report.close_codes) == (EndedBy.HANGUP, [1012] * 13)


async def test_connect_action_replaces_the_next_verb_at_twilio() -> None:
    """`action` is asked for instead of following the document."""

    async def close(session: Session) -> None:
        await session.until("start")
        await session.socket.close()

    document = CONNECTED.replace("<Connect>", '<Connect action="/after" method="GET">')
    async with running({VOICE: [document], "/after": [GOODBYE]}, close) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url))
    assert [asked.method for asked in gateway.of("/after")] == ["GET"]
    assert gateway.of("/continue") == []
    assert report.ended_by is EndedBy.HANGUP


@pytest.mark.parametrize(
    ("answer", "ended_by"),
    [
        pytest.param(Response(status_code=403), EndedBy.WEBHOOK_FAILED, id="403"),
        pytest.param(Response(status_code=302, headers={"location": "/x"}), EndedBy.WEBHOOK_FAILED, id="302"),
        pytest.param(Response("hello", media_type="text/plain"), EndedBy.DOCUMENT_INVALID, id="text"),
        pytest.param("<Response>", EndedBy.DOCUMENT_INVALID, id="no XML"),
        pytest.param("<Response/>", EndedBy.DOCUMENT_END, id="empty"),
        pytest.param("<Response><Reject reason='busy'/></Response>", EndedBy.REJECT, id="reject"),
        pytest.param("<Response><Hangup/></Response>", EndedBy.HANGUP, id="hangup"),
        pytest.param("<Response><Dial>+1</Dial><Hangup/></Response>", EndedBy.HANGUP, id="dial"),
        pytest.param(f"<Response><Redirect>{VOICE}</Redirect></Response>", EndedBy.TOO_MANY_REDIRECTS, id="loop"),
        pytest.param("<Response><Redirect>http://[bad</Redirect></Response>", EndedBy.WEBHOOK_FAILED, id="bad URL"),
    ],
)
async def test_ends_as_the_document_says(answer: str | Response, ended_by: EndedBy) -> None:
    """And the report names what it was."""
    async with running({VOICE: [answer]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url))
    assert report.ended_by is ended_by
    assert len(gateway.of(VOICE)) <= 11
    status = "busy" if ended_by is EndedBy.REJECT else "completed"
    assert report.callbacks == [Callback(status, 204)]


async def test_a_gateway_that_is_not_there() -> None:
    """Nothing is raised: the report says that nobody answered."""
    async with running({}) as gateway:
        pass
    report = await place_call(CallPlan(gateway_url=gateway.url))
    assert (report.ended_by, report.webhook_statuses, report.webhook_ms) == (EndedBy.WEBHOOK_FAILED, [0], None)
    assert report.callbacks == [Callback("completed", 0)]


async def test_a_caller_hangs_up_during_a_pause() -> None:
    """Nobody waits for a document longer than they want to."""
    async with running({VOICE: ["<Response><Pause length='60'/><Hangup/></Response>"]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, hangup_after_s=0.1))
    assert report.ended_by is EndedBy.CALLER
    assert report.duration_ms < 5000


async def test_a_caller_may_leave_while_a_document_is_asked_for() -> None:
    """Nothing of it is followed: the carrier has nobody left to connect."""
    async with running({VOICE: [CONNECTED]}, listen) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, hangs_up_now=lambda: True))
    assert (gateway.sessions, report.verbs, report.ended_by) == ([], [], EndedBy.CALLER)
    assert len(gateway.of("/webhooks/twilio/status")) == 1


async def test_a_caller_who_leaves_waits_for_no_document() -> None:
    """A gateway that hangs would have held the caller for fifteen seconds, and for as many at the goodbye."""
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read(-1)
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(12):
            report = await place_call(CallPlan(gateway_url=url, hangs_up_now=asked.is_set, falls_back=True))
    assert (report.ended_by, report.webhook_statuses) == (EndedBy.CALLER, [0])
    assert report.callbacks == [Callback("no-answer", 0)]


async def test_a_caller_who_leaves_sits_through_no_pause() -> None:
    """Nor through anything after it."""
    document = "<Response><Pause length='60'/><Say>never said</Say></Response>"
    async with running({VOICE: [document]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, hangs_up_now=lambda: bool(gateway.of(VOICE))))
    assert (report.said, report.ended_by) == ([], EndedBy.CALLER)
    assert report.duration_ms < 30_000


@pytest.mark.parametrize("carrier", ["twilio", "telnyx"])
async def test_the_fallback_is_asked_where_no_document_is_to_be_had(carrier: str) -> None:
    """Once for each that fails, and its document is followed like any other; Twilio says what was wrong."""
    broken = Response(status_code=500)
    documents: dict[str, list[str | Response]] = {
        f"/webhooks/{carrier}/voice": [broken],
        f"/webhooks/{carrier}/fallback": [GOODBYE],
    }
    async with running(documents) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, carrier=carrier, falls_back=True))
        url = f"{gateway.url}/webhooks/{carrier}/voice"
    [asked] = gateway.of(f"/webhooks/{carrier}/fallback")
    assert (asked.parameters.get("ErrorCode"), asked.parameters.get("ErrorUrl")) == (
        ("11200", url) if carrier == "twilio" else (None, None)
    )
    assert (report.said, report.ended_by, report.webhook_statuses) == (["Goodbye"], EndedBy.HANGUP, [500, 200])


async def test_a_fallback_that_fails_ends_the_call() -> None:
    async with running({VOICE: [Response(status_code=500)]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, falls_back=True))
    assert (report.ended_by, report.webhook_statuses) == (EndedBy.DOCUMENT_INVALID, [500, 204])
