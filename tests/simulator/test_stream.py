import asyncio
import base64
from typing import Any

import pytest

from gateway.simulator.call import place_call
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.plan import CallPlan, HangUpStyle
from gateway.simulator.report import CallEvent, CallReport, EndedBy, EventKind
from gateway.simulator.speech import wav
from tests.simulator.fake_gateway import Media, Session, listen, running
from tests.simulator.silent_socket import silent_socket
from tests.simulator.sounds import tone

DOCUMENTS = {
    "twilio": '<Response><Connect><Stream url="ws://gateway/m"/></Connect></Response>',
    "telnyx": '<Response><Connect><Stream url="ws://gateway/m" bidirectionalMode="rtp"/></Connect></Response>',
}
SPEECH = wav(tone(200), 8000)
SOUND = base64.b64encode(b"\x00\x80" * 400).decode()
"""A hundred milliseconds of loud μ-law."""


async def _call(media: Media, carrier: str = "twilio", **plan: Any) -> tuple[CallReport, Session]:
    async with running({f"/webhooks/{carrier}/voice": [DOCUMENTS[carrier]]}, media) as gateway:
        report = await place_call(CallPlan(gateway_url=gateway.url, carrier=carrier, **plan))
    return report, gateway.sessions[0]


async def test_frames_leave_when_they_were_spoken() -> None:
    """Twenty milliseconds apart by their stamps, and as many as the time allows."""

    async def listen(session: Session) -> None:
        while await session.next() is not None:
            pass

    report, session = await _call(listen, hangup_after_s=0.6)
    stamps = [int(m["media"]["timestamp"]) for m in session.messages if m["event"] == "media"]
    assert [stamp - stamps[0] for stamp in stamps] == list(range(0, 20 * len(stamps), 20))
    assert stamps[0] >= 20
    assert len(stamps) == report.frames_sent >= 30


async def test_a_mark_is_echoed_when_the_audio_before_it_was_heard() -> None:
    """A hundred milliseconds of audio, a mark, and its echo a hundred milliseconds later; then one at once."""
    loop = asyncio.get_running_loop()
    waited: list[float] = []

    async def speak(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for sound in (SOUND, ""):
            asked = loop.time()
            if sound:
                await session.send(event="media", streamSid=sid, media={"payload": sound})
            await session.send(event="mark", streamSid=sid, mark={"name": f"m{len(waited)}"})
            assert (await session.until("mark"))["mark"] == {"name": f"m{len(waited)}"}
            waited.append(loop.time() - asked)
        await session.socket.close()

    report, _ = await _call(speak)
    assert waited[0] >= 0.098
    assert (report.marks, report.cleared_marks, report.underruns) == (["m0", "m1"], [], 0)
    assert (report.played_ms, report.sound_ms) == (100, 100)
    assert report.ended_by is EndedBy.DOCUMENT_END


async def test_clear_is_obeyed_at_once() -> None:
    """Of ten seconds queued the caller hears next to nothing, and every mark comes back."""

    async def speak(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for number in range(100):
            await session.send(event="media", streamSid=sid, media={"payload": SOUND})
            await session.send(event="mark", streamSid=sid, mark={"name": f"m{number}"})
        await session.send(event="clear", streamSid=sid)
        for number in range(100):
            assert (await session.until("mark"))["mark"] == {"name": f"m{number}"}
        await session.socket.close()

    report, _ = await _call(speak)
    assert len(report.marks) + len(report.cleared_marks) == 100
    assert report.clears == 1
    assert report.played_ms < 5000
    assert len(report.received_audio) == 80_000


async def test_a_caller_leaves_when_enough_was_heard() -> None:
    """And not when all of it was received."""

    async def speak(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for _ in range(50):
            await session.send(event="media", streamSid=sid, media={"payload": SOUND})
        await session.until("stop")

    report, _ = await _call(speak, hangup_when_heard_s=0.3)
    assert report.ended_by is EndedBy.CALLER
    assert 300 <= report.sound_ms < 2000
    assert len(report.received_audio) == 40_000


async def test_a_caller_leaves_when_nothing_more_is_heard() -> None:
    """After the speech was said and the silence has lasted."""

    async def listen(session: Session) -> None:
        while await session.next() is not None:
            pass

    report, _ = await _call(listen, speech=SPEECH, hangup_on_silence_s=0.2)
    assert report.ended_by is EndedBy.CALLER
    assert 400 <= report.frames_sent * 20 < 2000


async def test_keys_are_pressed_between_the_frames() -> None:
    """Each at its time, as a message of the carrier's."""

    async def listen(session: Session) -> None:
        while await session.next() is not None:
            pass

    _, session = await _call(listen, keys=((0.11, "1"), (0.15, "#")), hangup_after_s=0.3)
    events = [m["event"] for m in session.messages]
    keys = [m["dtmf"] for m in session.messages if m["event"] == "dtmf"]
    assert keys == [{"track": "inbound_track", "digit": "1"}, {"track": "inbound_track", "digit": "#"}]
    assert events[2 : events.index("dtmf")] == ["media"] * 5
    numbers = [int(m["sequenceNumber"]) for m in session.messages[1:]]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_telnyx_answers_bad_messages_with_an_error() -> None:
    """The call goes on, and the report has a complaint for each."""

    async def speak(session: Session) -> None:
        await session.until("start")
        await session.send(event="clear", streamSid="x")
        assert (await session.until("error"))["payload"]["code"] == 100003
        await session.socket.send_bytes(b"\x00")
        assert (await session.until("error"))["payload"]["code"] == 100003
        await session.send(event="media", media={"payload": base64.b64encode(bytes(80)).decode()})
        await session.send(event="mark", mark={"name": "after"})
        await session.until("mark")
        await session.socket.close()

    report, _ = await _call(speak, carrier="telnyx")
    assert [complaint.code for complaint in report.complaints] == ["100003", "100003", "undersized"]
    assert report.marks == ["after"]
    assert report.messages_received == 4


@pytest.mark.parametrize("code", [1000, 1011, 4000])
async def test_the_close_code_is_reported(code: int) -> None:
    """As the gateway sent it; the document goes on whatever it was."""

    async def close(session: Session) -> None:
        await session.until("connected")
        await session.socket.close(code)

    report, _ = await _call(close)
    assert report.close_codes == [code]
    assert report.ended_by is EndedBy.DOCUMENT_END


async def test_holes_in_the_audio_are_counted() -> None:
    """Two frames with silence between them, and no mark that ends the first."""

    async def stutter(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for _ in range(2):
            await session.send(event="media", streamSid=sid, media={"payload": SOUND})
            for _ in range(10):
                await session.until("media")
        await session.socket.close()

    report, _ = await _call(stutter)
    assert report.underruns == 1


async def test_each_stream_has_its_times() -> None:
    """When it was asked for, opened, first heard and closed: how long a caller was without sound can be told."""

    async def speak(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        await session.send(event="media", streamSid=sid, media={"payload": SOUND})
        await session.until("media")
        await session.socket.close()

    report, _ = await _call(speak)
    [stream] = report.streams
    assert report.asked_ms == [stream.asked_ms]
    assert stream.first_audio_ms is not None
    assert stream.closed_ms is not None
    assert stream.asked_ms <= stream.opened_ms <= stream.first_audio_ms <= stream.closed_ms <= report.duration_ms


async def test_a_caller_leaves_when_told() -> None:
    """In the middle of whatever is going on."""
    heard: list[dict[str, Any]] = []

    async def take(session: Session) -> None:
        while (message := await session.next()) is not None:
            heard.append(message)

    report, session = await _call(take, hangs_up_now=lambda: len(heard) > 10)
    assert report.ended_by is EndedBy.CALLER
    assert session.messages[-1]["event"] == "stop"


async def test_a_connection_that_answers_nothing_is_given_up() -> None:
    """The gateway's machine is gone without a word: the document goes on, as it does for any lost socket."""
    async with silent_socket() as url:
        document = f'<Response><Connect><Stream url="{url}"/></Connect><Hangup/></Response>'
        async with running({"/webhooks/twilio/voice": [document]}) as gateway:
            report = await place_call(CallPlan(gateway_url=gateway.url, gives_up_after_s=0.2))
    assert report.ended_by is EndedBy.HANGUP
    assert report.close_codes == [1006]
    assert report.streams[0].closed_ms is not None
    assert report.streams[0].closed_ms - report.streams[0].opened_ms >= 200


async def test_a_connection_that_answers_pings_is_kept() -> None:
    """However long nothing else comes."""
    report, _ = await _call(listen, gives_up_after_s=0.05, hangup_after_s=0.5)
    assert report.ended_by is EndedBy.CALLER
    assert report.close_codes == [1000]


async def test_a_gateway_that_closes_is_not_waited_for() -> None:
    """The close counts, not the patience."""

    async def close(session: Session) -> None:
        await session.until("start")
        await session.socket.close(1012)

    report, _ = await _call(close, gives_up_after_s=0.05)
    assert report.close_codes == [1012]


async def test_a_connection_that_dies_without_a_word_is_noticed_later() -> None:
    """The gateway hears nothing more, not even a close, until the carrier cuts it; the document goes on."""
    faults = (parse_fault("half_open:at=150,ms=200"),)
    report, session = await _call(listen, faults=faults, hangup_on_silence_s=None)
    assert session.messages[-1]["event"] == "media"
    assert report.ended_by is EndedBy.DOCUMENT_END
    assert (report.close_codes, report.broken_media) == ([1006], ["31903"])
    assert report.frames_sent == sum(message["event"] == "media" for message in session.messages)
    [stream] = report.streams
    assert stream.closed_ms is not None
    assert 350 <= stream.closed_ms - stream.opened_ms < 2000


async def test_a_carrier_that_reads_slowly_gets_everything_late() -> None:
    """Twenty messages at fifty a second, and the mark after them."""

    async def speak(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for _ in range(20):
            await session.send(event="media", streamSid=sid, media={"payload": base64.b64encode(b"a").decode()})
        await session.send(event="mark", streamSid=sid, mark={"name": "last"})
        await session.until("mark")
        await session.socket.close()

    report, _ = await _call(speak, faults=(parse_fault("slow_read:ms=20"),))
    assert report.marks == ["last"]
    assert (report.streams[0].closed_ms or 0) - report.streams[0].opened_ms >= 400


async def test_a_slow_reader_who_hangs_up_reads_to_the_end() -> None:
    """The gateway's close is seen however much waits before it: the call is over when its caller has left."""

    async def flood(session: Session) -> None:
        sid = (await session.until("start"))["streamSid"]
        for _ in range(100):
            await session.send(event="media", streamSid=sid, media={"payload": SOUND})
        await listen(session)

    faults = (parse_fault("slow_read:ms=60000"),)
    report, session = await _call(flood, faults=faults, hangup_after_s=0.3)
    assert (report.ended_by, report.close_codes) == (EndedBy.CALLER, [1000])
    assert session.messages[-1]["event"] == "stop"


async def test_a_gateway_that_does_not_read_loses_audio() -> None:
    """Twilio discards it (31930), says so once, and the call goes on."""
    complaints: list[str] = []

    def note(event: CallEvent) -> None:
        if event.kind is EventKind.COMPLAINT:
            complaints.append(event.detail)

    faults = (parse_fault("sizes:least=2,most=2"), parse_fault("duplicate:share=1"))
    async with silent_socket() as url:
        document = f'<Response><Connect><Stream url="{url}"/></Connect><Hangup/></Response>'
        async with running({"/webhooks/twilio/voice": [document]}) as gateway:
            plan = CallPlan(
                gateway_url=gateway.url,
                faults=faults,
                hang_up=HangUpStyle.DROP,
                on_event=note,
                hangs_up_now=lambda: bool(complaints),
            )
            report = await place_call(plan)
    assert complaints == ["31930: the gateway does not read, so audio is discarded"]
    assert report.streams[0].discarded >= 1
    assert report.ended_by is EndedBy.CALLER


async def test_messages_of_odd_sizes_hold_what_was_said() -> None:
    """Every byte once, in order."""
    report, session = await _call(listen, speech=SPEECH, faults=(parse_fault("sizes"),), hangup_after_s=0.3)
    payloads = [base64.b64decode(m["media"]["payload"]) for m in session.messages if m["event"] == "media"]
    assert len({len(payload) for payload in payloads}) > 2
    assert b"".join(payloads) == report.sent_audio
