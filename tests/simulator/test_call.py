import asyncio
import base64
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.responses import Response
from twilio.request_validator import RequestValidator

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.errors import ConfigError
from gateway.simulator.call import leg_of, place_call
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.plan import CallPlan, HangUpStyle
from gateway.simulator.report import Callback, CallEvent, CallReport, EndedBy, EventKind, Refusal
from gateway.simulator.speech import load, prepare, sampled_rate_hz, wav
from tests.simulator.fake_gateway import FakeGateway, Session, echo, listen, running, signed_by_twilio
from tests.simulator.sounds import frequency_of, tone

TWILIO_VOICE = "/webhooks/twilio/voice"
TELNYX_VOICE = "/webhooks/telnyx/voice"
PUBLIC = "https://voice.example.com"
SEED = base64.b64encode(bytes(range(32))).decode()
SPEECH = wav(tone(300), 8000)
STREAM = (
    '<Response><Connect><Stream url="ws://gateway/media/x" name="call-1"/></Connect>'
    '<Redirect method="POST">/continue?n=1</Redirect></Response>'
)
RTP_STREAM = (
    '<Response><Connect><Stream url="ws://gateway/media/x" codec="default" bidirectionalMode="rtp" {}/></Connect>'
    "<Hangup/></Response>"
)
GOODBYE = "<Response><Say>Goodbye</Say><Hangup/></Response>"


def _payloads(session: Session) -> list[bytes]:
    media = [message["media"] for message in session.messages if message["event"] == "media"]
    return [base64.b64decode(body["payload"]) for body in sorted(media, key=lambda body: int(body["chunk"]))]


async def test_a_twilio_call_is_heard_and_hears_itself() -> None:
    """Webhook, stream and handshake are signed for the public URL; the gateway's echo is what was said."""
    document = STREAM.replace("ws://gateway", "wss://voice.example.com")
    async with running({TWILIO_VOICE: [document]}, echo) as gateway:
        plan = CallPlan(
            gateway_url=gateway.url, public_url=PUBLIC, auth_token="secret", speech=SPEECH, hangup_when_heard_s=0.3
        )
        report = await place_call(plan)

    [voice], [session] = gateway.of(TWILIO_VOICE), gateway.sessions
    assert signed_by_twilio(voice, PUBLIC + TWILIO_VOICE)
    assert voice.headers["host"] == session.headers["host"] == "voice.example.com"
    assert (voice.parameters["CallStatus"], voice.parameters["CallSid"]) == ("ringing", report.call_id)
    signature = session.headers["x-twilio-signature"]
    assert RequestValidator("secret").validate("wss://voice.example.com/media/x", {}, signature)
    assert "sec-websocket-extensions" not in session.headers
    assert "origin" not in session.headers

    events = [message["event"] for message in session.messages]
    assert events[:3] == ["connected", "start", "media"]
    assert events[-1] == "stop"
    sent = b"".join(_payloads(session))
    track = prepare(load(SPEECH, 8000), AudioFormat(Encoding.PCMU))
    assert sent == report.sent_audio
    assert (b"".join(track.frames) + track.silence * 1000).startswith(sent)
    assert report.received_audio == sent[: len(report.received_audio)]
    assert report.bytes_sent == len(sent) == report.frames_sent * 160
    assert report.sound_ms >= 300
    assert (report.complaints, report.close_codes, report.ended_by) == ([], [1000], EndedBy.CALLER)
    assert report.verbs == [("Connect", "wss://voice.example.com/media/x")]
    times = [report.webhook_ms, report.document_ms, report.media_connected_ms, report.start_sent_ms]
    moments = [moment for moment in (*times, report.first_audio_ms) if moment is not None]
    assert len(moments) == 5
    assert all(before <= after for before, after in pairwise(moments))
    begin = report.first_audio_ms or 0
    # Where a busy machine let the play-out run dry there is less of the tone: the best 100 ms of its beginning count.
    windows = [report.heard[16 * at : 16 * (at + 100)] for at in range(begin, begin + 300, 50)]
    assert max(frequency_of(window, 8000) for window in windows) == pytest.approx(440, abs=100)
    [over] = gateway.of("/webhooks/twilio/status")
    assert signed_by_twilio(over, PUBLIC + "/webhooks/twilio/status")
    assert over.parameters["CallStatus"] == "completed"
    assert report.callbacks == [Callback("completed", 204)]


async def test_every_message_has_its_time() -> None:
    """To a fraction of a millisecond, on one clock: an echo comes after what it is of."""
    async with running({TWILIO_VOICE: [STREAM]}, echo) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, speech=SPEECH, hangup_after_s=0.2))

    assert [end for end, _ in report.sent_ns] == [160 * n for n in range(1, report.frames_sent + 1)]
    assert report.received_ns[-1][0] == len(report.received_audio) > 0
    sent_ns = dict(report.sent_ns)
    assert all(0 < at_ns - sent_ns[end] < 1_000_000_000 for end, at_ns in report.received_ns)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_telnyx_call_is_signed_over_its_body(method: str) -> None:
    """Ed25519 over timestamp and body, with the parameters in the query where the application asks by GET."""
    async with running({TELNYX_VOICE: [RTP_STREAM.format('bidirectionalCodec="PCMA"')]}, listen) as gateway:
        plan = CallPlan(
            gateway_url=gateway.url,
            carrier="telnyx",
            signing_seed=SEED,
            codec="PCMA",
            webhook_method=method,
            hangup_after_s=0.1,
        )
        report = await place_call(plan)
    [voice], [session] = gateway.of(TELNYX_VOICE), gateway.sessions
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    signature = base64.b64decode(voice.headers["telnyx-signature-ed25519"])
    key.verify(signature, voice.headers["telnyx-timestamp"].encode() + b"|" + voice.body)
    assert (voice.method, voice.parameters["CallSid"]) == (method, report.call_id)
    assert session.messages[1]["start"]["media_format"]["encoding"] == "PCMA"
    assert session.messages[1]["start"]["call_control_id"] == report.call_id
    assert report.complaints == []


@pytest.mark.parametrize(
    ("audio", "attributes"),
    [
        (AudioFormat(Encoding.PCMA), 'bidirectionalCodec="PCMA"'),
        (AudioFormat(Encoding.G722), 'bidirectionalCodec="G722"'),
        (
            AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE),
            'bidirectionalCodec="L16" bidirectionalSamplingRate="16000"',
        ),
        (AudioFormat(Encoding.L16), 'bidirectionalCodec="L16"'),
    ],
    ids=["PCMA", "G722", "L16 16k little", "L16 8k big"],
)
async def test_every_codec_is_heard_as_it_was_said(audio: AudioFormat, attributes: str) -> None:
    """The tone that the caller says is the tone that comes back, bit by bit on the wire."""

    async def say_back(session: Session) -> None:
        payloads = [(await session.until("media"))["media"]["payload"] for _ in range(15)]
        for payload in payloads:
            await session.send(event="media", media={"payload": payload})
        await listen(session)

    async with running({TELNYX_VOICE: [RTP_STREAM.format(attributes)]}, say_back) as gateway:
        plan = CallPlan(
            gateway_url=gateway.url,
            carrier="telnyx",
            codec=audio.encoding,
            rate_hz=audio.rate_hz,
            byte_order=audio.byte_order,
            speech=SPEECH,
            hangup_when_heard_s=0.28,
        )
        report = await place_call(plan)
    assert report.complaints == []
    track = prepare(load(SPEECH, sampled_rate_hz(audio)), audio)
    assert report.received_audio == b"".join(track.frames[:15])
    assert report.underruns == 0
    begin = (report.first_audio_ms or 0) + 40
    assert frequency_of(report.heard[16 * begin : 16 * (begin + 200)], 8000) == pytest.approx(440, abs=6)


async def test_shuffled_frames_carry_what_was_said() -> None:
    """Out of order on the wire, and whole again when sorted by `chunk`."""
    async with running({TELNYX_VOICE: [RTP_STREAM.format("")]}, listen) as gateway:
        plan = CallPlan(
            gateway_url=gateway.url,
            carrier="telnyx",
            speech=SPEECH,
            hangup_after_s=0.4,
            faults=(parse_fault("reorder:window=5"),),
            seed=1,
        )
        report = await place_call(plan)
    [session] = gateway.sessions
    chunks = [int(message["media"]["chunk"]) for message in session.messages if message["event"] == "media"]
    assert chunks != sorted(chunks)
    assert b"".join(_payloads(session)) == report.sent_audio


async def test_dropped_frames_leave_their_numbers_free() -> None:
    """A gateway can see from `chunk` that something is missing."""
    async with running({TWILIO_VOICE: [STREAM]}, listen) as gateway:
        plan = CallPlan(gateway_url=gateway.url, hangup_after_s=0.4, faults=(parse_fault("loss:share=0.5"),), seed=3)
        report = await place_call(plan)
    chunks = [int(m["media"]["chunk"]) for m in gateway.sessions[0].messages if m["event"] == "media"]
    assert len(chunks) == report.frames_sent < max(chunks)


async def test_a_stream_that_comes_back_continues_the_caller() -> None:
    """What was said between two streams is lost, what follows is not repeated, and the ids of the streams differ."""

    async def close_first(session: Session) -> None:
        if len(gateway.sessions) > 1:
            await listen(session)
            return
        await session.until("media")
        await session.socket.close()

    async with running({TWILIO_VOICE: [STREAM], "/continue": [STREAM]}, close_first) as gateway:
        plan = CallPlan(gateway_url=gateway.url, speech=wav(tone(800), 8000), hangup_after_s=0.5)
        report = await place_call(plan)
    first, second = gateway.sessions
    assert first.messages[1]["streamSid"] != second.messages[1]["streamSid"]
    assert _payloads(first)[0] != _payloads(second)[0]
    said = prepare(tone(800), AudioFormat(Encoding.PCMU)).frames
    assert _payloads(second)[0] in said
    assert len(report.close_codes) == 2


@pytest.mark.parametrize(("carrier", "reason"), [("twilio", "31920"), ("telnyx", "connection_failed")])
async def test_a_refused_socket_leads_to_the_next_verb(carrier: str, reason: str) -> None:
    """Its HTTP status is in the report, and the stream callback tells the gateway."""
    attributes = 'bidirectionalMode="rtp"' if carrier == "telnyx" else ""
    document = (
        f'<Response><Connect><Stream url="ws://gateway/media/x" {attributes} name="call-1" '
        'statusCallback="GATEWAY/stream"/></Connect><Say>Sorry</Say></Response>'
    )
    documents: dict[str, list[str | Response]] = {f"/webhooks/{carrier}/voice": []}
    async with running(documents) as gateway:
        documents[f"/webhooks/{carrier}/voice"].append(document.replace("GATEWAY", gateway.url))
        report = await place_call(CallPlan(gateway_url=gateway.url, carrier=carrier, status_callback=False))
    assert report.refused_media == [Refusal(403, reason)]
    assert (report.said, report.ended_by) == (["Sorry"], EndedBy.DOCUMENT_END)
    [told] = gateway.of("/stream")
    assert reason in told.parameters["StreamError"]
    assert told.parameters["StreamName"] == "call-1"
    assert report.callbacks == [Callback("failed", 204)]


async def test_stream_callbacks_tell_of_start_and_stop() -> None:
    """They go to the URL of the document, by its method, in this order."""
    document = (
        '<Response><Connect><Stream url="ws://gateway/media/x" statusCallback="GATEWAY/stream" '
        'statusCallbackMethod="GET"/></Connect></Response>'
    )
    documents: dict[str, list[str | Response]] = {TWILIO_VOICE: []}
    async with running(documents, listen) as gateway:
        documents[TWILIO_VOICE].append(document.replace("GATEWAY", gateway.url))
        report = await place_call(CallPlan(gateway_url=gateway.url, hangup_after_s=0.2))
    told = gateway.of("/stream")
    assert [(asked.method, asked.parameters["StreamEvent"]) for asked in told] == [
        ("GET", "stream-started"),
        ("GET", "stream-stopped"),
    ]
    assert sorted(callback.event for callback in report.callbacks) == ["completed", "started", "stopped"]


async def test_an_https_gateway_must_answer_wss() -> None:
    """A plain `ws` address is not dialled at all (31922)."""
    async with running({TWILIO_VOICE: [STREAM]}, listen) as gateway:
        plan = CallPlan(gateway_url=gateway.url, public_url=PUBLIC, max_redirects=0)
        report = await place_call(plan)
    assert (report.refused_media, gateway.sessions) == ([Refusal(0, "31922")], [])
    assert report.ended_by is EndedBy.TOO_MANY_REDIRECTS


@pytest.mark.parametrize("url", ["wss://[bad", "wss://voice.example.com:port/m"])
async def test_a_malformed_stream_url_is_refused(url: str) -> None:
    """And the document goes on (31923)."""
    document = f'<Response><Connect><Stream url="{url}"/></Connect><Hangup/></Response>'
    async with running({TWILIO_VOICE: [document]}) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url))
    assert (report.refused_media, report.ended_by) == ([Refusal(0, "31923")], EndedBy.HANGUP)


async def test_a_query_in_a_stream_url_does_not_reach_the_gateway() -> None:
    """Twilio drops it, and the report says so."""
    document = STREAM.replace("/media/x", "/media/x?token=secret")
    async with running({TWILIO_VOICE: [document]}, listen) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, hangup_after_s=0.1))
    assert "token" not in str(gateway.sessions[0].socket.url)
    assert [complaint.code for complaint in report.complaints] == ["31920"]


async def test_a_dropped_call_says_no_stop() -> None:
    """The gateway sees the socket die, and the status callback is all that tells why."""
    async with running({TWILIO_VOICE: [STREAM]}, listen) as gateway:
        plan = CallPlan(gateway_url=gateway.url, hangup_after_s=0.2, hang_up=HangUpStyle.DROP)
        report = await place_call(plan)
    [session] = gateway.sessions
    assert session.messages[-1]["event"] == "media"
    assert report.close_codes == [1006]
    assert report.ended_by is EndedBy.CALLER


async def test_what_was_heard_is_as_long_as_the_call() -> None:
    """Silence too: 8 kHz, 16 bit."""
    async with running({TWILIO_VOICE: [STREAM]}, echo) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, speech=SPEECH, hangup_after_s=0.3))
    assert len(report.heard) == report.duration_ms * 8 * 2
    assert any(report.heard)


async def test_a_sip_call_names_its_domain() -> None:
    """Numbers become addresses of the domain, addresses stay."""
    async with running({TWILIO_VOICE: [GOODBYE]}) as gateway:
        plan = CallPlan(
            gateway_url=gateway.url, sip=True, to="support", from_="sip:bob@example.com", sip_headers={"X-A": "b"}
        )
        await place_call(plan)
    parameters = gateway.of(TWILIO_VOICE)[0].parameters
    assert (parameters["To"], parameters["From"]) == ("sip:support@acme.sip.twilio.com", "sip:bob@example.com")
    assert (parameters["SipDomain"], parameters["SipHeader_X-A"]) == ("acme.sip.twilio.com", "b")


@pytest.mark.parametrize("to", ["bob", "bob@acme.sip.twilio.com", "sip:bob@acme.sip.twilio.com"])
def test_a_sip_address_may_be_given_short(to: str) -> None:
    """Twilio sends the INVITE's own, `sip:` and all: by it a gateway tells Kallglot who calls."""
    leg, _ = leg_of(CallPlan(gateway_url="http://127.0.0.1", sip=True, to=to, from_="alice@198.51.100.7"))
    assert (leg.called, leg.caller) == ("sip:bob@acme.sip.twilio.com", "sip:alice@198.51.100.7")


async def test_several_calls_share_a_loop() -> None:
    """Ten callers at once are ten calls, each with its own speech back."""

    def plan(gateway: FakeGateway, number: int) -> CallPlan:
        speech = wav(tone(200, frequency_hz=300 + 50 * number), 8000)
        return CallPlan(gateway_url=gateway.url, speech=speech, hangup_when_heard_s=0.2)

    async with running({TWILIO_VOICE: [STREAM]}, echo) as gateway, asyncio.TaskGroup() as calls:
        tasks = [calls.create_task(place_call(plan(gateway, number))) for number in range(10)]
    reports: list[CallReport] = [task.result() for task in tasks]
    assert len({report.call_id for report in reports}) == 10
    assert len({report.received_audio[:1600] for report in reports}) == 10
    for report in reports:
        assert report.received_audio[:1600] == report.sent_audio[:1600]
        assert report.complaints == []


async def test_a_display_is_told_what_happens() -> None:
    """In order, with how much was sent and heard so far."""
    events: list[CallEvent] = []
    async with running({TWILIO_VOICE: [STREAM]}, echo) as gateway:
        await place_call(CallPlan(gateway_url=gateway.url, speech=SPEECH, hangup_after_s=0.3, on_event=events.append))
    kinds = [event.kind for event in events]
    assert kinds[:3] == [EventKind.DOCUMENT, EventKind.VERB, EventKind.MEDIA_CONNECTED]
    assert {EventKind.FIRST_AUDIO, EventKind.PROGRESS} <= set(kinds)
    assert kinds[-3:] == [EventKind.MEDIA_CLOSED, EventKind.ENDED, EventKind.CALLBACK]
    assert events[-1].sent_ms > events[-1].heard_ms >= events[-1].sound_ms > 0


async def test_speech_that_cannot_be_read_is_an_error_of_the_plan() -> None:
    """Before anybody is called."""
    with pytest.raises(ConfigError, match="the speech given is not a sound file"):
        await place_call(CallPlan(gateway_url="http://127.0.0.1:9", speech=b"nonsense"))
