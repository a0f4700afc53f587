"""Places one call: follows the documents of a gateway, streams, and reports."""

import asyncio
import dataclasses
import itertools
import math
from typing import assert_never

import httpx
from websockets.asyncio.client import ClientConnection

from gateway.audio.formats import AudioFormat
from gateway.calls import Carrier
from gateway.clock import Clock, SystemClock
from gateway.simulator.addresses import Addresses, absolute, socket_url
from gateway.simulator.caller import Caller
from gateway.simulator.dialect import CarrierDialect, DialFailure, Leg, StreamEvent, StreamTerms
from gateway.simulator.listener import TIMELINE_HZ, Heard, Recording, timeline
from gateway.simulator.markup import (
    Connect,
    Dial,
    Document,
    Hangup,
    Pause,
    Redirect,
    Reject,
    Say,
    Stream,
    Verb,
    outline,
)
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import CallReport, EndedBy, EventKind, Logbook, Refusal, StreamTimes
from gateway.simulator.sockets import dial
from gateway.simulator.speech import FRAME_MS, Track, load, prepare, sampled_rate_hz, wav
from gateway.simulator.stream import Line, MediaStream
from gateway.simulator.telnyx.carrier import ACCOUNT_ID, TelnyxCarrier
from gateway.simulator.telnyx.carrier import new_call_id as new_telnyx_id
from gateway.simulator.telnyx.signature import private_key
from gateway.simulator.twilio.carrier import ACCOUNT_SID, TwilioCarrier
from gateway.simulator.twilio.carrier import new_call_id as new_twilio_id
from gateway.simulator.webhooks import Webhooks


async def place_call(plan: CallPlan, *, clock: Clock | None = None) -> CallReport:
    """Call a gateway and see the call through.

    Whatever the gateway does is in the report; nothing of it is raised.

    Raises:
        ConfigError: the speech or the key of the plan cannot be used.
    """
    clock = clock or SystemClock()
    rate_hz = sampled_rate_hz(plan.audio)
    linear = await asyncio.to_thread(load, plan.speech, rate_hz) if plan.speech else b""
    leg, carrier = _carrier(plan)
    start_ms = clock.now_ms()
    report = CallReport(Carrier(plan.carrier), leg.call_id, plan.codec)
    log = Logbook(report, plan.on_event, now_ms=start_ms)
    speech_ms = -(-len(linear) * 1000 // (2 * rate_hz) // FRAME_MS) * FRAME_MS
    line = Line(plan, Caller(plan.script(speech_ms), now_ms=start_ms), Heard(), log, clock)
    addresses = Addresses(plan.gateway_url, plan.public_url)
    # Plain HTTP needs no certificate store, and loading one for every call of a load would show.
    verify = plan.gateway_url.startswith("https:")
    async with httpx.AsyncClient(verify=verify, trust_env=False) as http, asyncio.TaskGroup() as background:
        webhooks = Webhooks(http, addresses, carrier, log, clock)
        call = _Call(line, carrier, webhooks, addresses, linear, background)
        report.ended_by = await call.follow()
        end_ms = clock.now_ms()
        log.happened(EventKind.ENDED, report.ended_by, end_ms)
        if plan.status_callback:
            await webhooks.completed(f"{addresses.public_url}/webhooks/{plan.carrier}/status")
    _conclude(line, call.recordings, start_ms=start_ms, end_ms=end_ms)
    if plan.record is not None:
        await asyncio.to_thread(plan.record.write_bytes, wav(report.heard, TIMELINE_HZ))
    return report


def _carrier(plan: CallPlan) -> tuple[Leg, CarrierDialect]:
    caller, called = plan.from_, plan.to
    if plan.carrier == Carrier.TELNYX:
        account = plan.account_id or ACCOUNT_ID
        leg = Leg(plan.call_id or new_telnyx_id(), account, caller, called, plan.sip, plan.sip_headers)
        return leg, TelnyxCarrier(leg, None if plan.signing_seed is None else private_key(plan.signing_seed))
    if plan.sip:
        caller, called = (
            address if "@" in address else f"sip:{address}@{plan.sip_domain}" for address in (caller, called)
        )
    account = plan.account_id or ACCOUNT_SID
    leg = Leg(plan.call_id or new_twilio_id(), account, caller, called, plan.sip, plan.sip_headers)
    return leg, TwilioCarrier(leg, plan.auth_token)


def _conclude(line: Line, recordings: list[Recording], *, start_ms: int, end_ms: int) -> None:
    report = line.log.report
    report.duration_ms = end_ms - start_ms
    sent = sorted(line.log.sent.items())
    report.sent_audio = b"".join(payload for _, payload in sent)
    ends = itertools.accumulate(len(payload) for _, payload in sent)
    report.sent_ns = [(end, line.log.sent_ns[index]) for end, (index, _) in zip(ends, sent, strict=True)]
    report.received_audio = bytes(line.log.received)
    report.heard = timeline(recordings, start_ms=start_ms, now_ms=end_ms)


@dataclasses.dataclass(frozen=True, slots=True)
class _Step:
    """The next document to ask for."""

    method: str
    url: str


class _Call:
    """Follows verbs until something ends the call."""

    def __init__(
        self,
        line: Line,
        carrier: CarrierDialect,
        webhooks: Webhooks,
        addresses: Addresses,
        linear: bytes,
        background: asyncio.TaskGroup,
    ) -> None:
        self._line = line
        self._carrier = carrier
        self._webhooks = webhooks
        self._addresses = addresses
        self._linear = linear
        self._tracks: dict[AudioFormat, Track] = {}
        self._background = background
        self._answered = False
        self.recordings: list[Recording] = []

    async def follow(self) -> EndedBy:
        """From the first document to the end of the call."""
        plan = self._line.plan
        step = _Step(plan.webhook_method, f"{self._addresses.public_url}/webhooks/{plan.carrier}/voice")
        for _ in range(plan.max_redirects + 1):
            document = await self._webhooks.document(step.method, step.url, answered=self._answered)
            if isinstance(document, EndedBy) and plan.falls_back:
                step, failed = _Step("POST", f"{self._addresses.public_url}/webhooks/{plan.carrier}/fallback"), step.url
                document = await self._webhooks.document(step.method, step.url, answered=self._answered, failed=failed)
            if isinstance(document, EndedBy):
                return document
            if self._line.hangs_up_now():
                return EndedBy.CALLER
            outcome = await self._perform(document, step.url)
            if isinstance(outcome, EndedBy):
                return outcome
            step = outcome
        return EndedBy.TOO_MANY_REDIRECTS

    async def _perform(self, document: Document, base: str) -> EndedBy | _Step:
        for verb in document.verbs:
            self._note(verb)
            outcome = await self._do(verb, base)
            if outcome is not None:
                return outcome
        return EndedBy.DOCUMENT_END

    def _note(self, verb: Verb) -> None:
        name, detail = outline(verb)
        self._line.log.report.verbs.append((name, detail))
        self._line.log.happened(EventKind.VERB, f"{name} {detail}".strip(), self._line.clock.now_ms())

    async def _do(self, verb: Verb, base: str) -> EndedBy | _Step | None:
        """What comes of a verb: the end, another document, or None for the next verb."""
        match verb:
            case Say() | Pause():
                return await self._sit_through(verb)
            case Connect():
                return await self._connect(verb, base)
            case Redirect(url=url, method=method):
                return _Step(method, absolute(base, url))
            case Dial():
                self._answered = True  # nobody is simulated there: the other side has hung up again
                return None
            case Hangup() | Reject():
                return EndedBy.HANGUP if isinstance(verb, Hangup) else EndedBy.REJECT
            case _:
                assert_never(verb)

    async def _sit_through(self, verb: Say | Pause) -> EndedBy | None:
        seconds: float
        if isinstance(verb, Say):
            self._answered = True
            self._line.log.report.said.append(verb.text)
            seconds = self._line.plan.say_s
        else:
            seconds = verb.length_s
        caller, clock = self._line.caller, self._line.clock
        patience_ms = caller.patience_ms(clock.now_ms())
        await asyncio.sleep(min(seconds, math.inf if patience_ms is None else patience_ms / 1000))
        return EndedBy.CALLER if caller.patience_ms(clock.now_ms()) == 0 else None

    async def _connect(self, verb: Connect, base: str) -> EndedBy | _Step | None:
        self._answered = True
        stream_id = self._carrier.new_stream_id()
        url = socket_url(base, verb.stream.url)
        if url is None:
            self._refused(verb.stream, stream_id, DialFailure.MALFORMED_URL, 0)
        elif await self._stream(dataclasses.replace(verb.stream, url=url), stream_id):
            return EndedBy.CALLER
        if verb.action and self._carrier.follows_action:
            return _Step(verb.method, absolute(base, verb.action))
        return None

    async def _stream(self, stream: Stream, stream_id: str) -> bool:
        """Whether the caller hung up during the stream."""
        terms = self._carrier.terms(stream, self._line.plan.audio)
        for complaint in terms.complaints:
            self._line.log.complain(complaint, self._line.clock.now_ms())
        opened = await dial(self._addresses, terms.url, self._carrier.media_headers(terms.url))
        if not isinstance(opened, ClientConnection):
            self._refused(stream, stream_id, *opened)
            return False
        now_ms = self._line.clock.now_ms()
        if self._line.log.report.media_connected_ms is None:
            self._line.log.report.media_connected_ms = self._line.log.since_start(now_ms)
        self._line.log.happened(EventKind.MEDIA_CONNECTED, terms.url, now_ms)
        self._tell(StreamEvent.STARTED, stream, stream_id)
        report = self._line.log.report
        report.streams.append(StreamTimes(report.asked_ms[-1], self._line.log.since_start(now_ms)))
        media = MediaStream(opened, self._carrier.stream(stream_id, terms), terms, self._track(terms), self._line)
        async with opened:
            hung_up = await media.run()
        self.recordings.append(media.recording())
        self._tell(StreamEvent.STOPPED, stream, stream_id)
        return hung_up

    def _track(self, terms: StreamTerms) -> Track:
        """The caller's speech on this stream; encoded once, however often the stream is opened anew."""
        if terms.speaks not in self._tracks:
            self._tracks[terms.speaks] = prepare(self._linear, terms.speaks)
        return self._tracks[terms.speaks]

    def _refused(self, stream: Stream, stream_id: str, failure: DialFailure, status: int) -> None:
        refusal = Refusal(status, self._carrier.dial_error(failure))
        self._line.log.report.refused_media.append(refusal)
        detail = f"{refusal.reason} (HTTP {status})"
        self._line.log.happened(EventKind.MEDIA_REFUSED, detail, self._line.clock.now_ms())
        self._tell(StreamEvent.FAILED, stream, stream_id, refusal.reason)

    def _tell(self, event: StreamEvent, stream: Stream, stream_id: str, error: str = "") -> None:
        """Send a stream status callback, which nobody waits for."""
        url = stream.attributes.get("statusCallback")
        if not url:
            return
        method = stream.attributes.get("statusCallbackMethod", "POST").upper()
        name = stream.attributes.get("name", "")
        self._background.create_task(
            self._webhooks.stream(event, method, url, stream_id=stream_id, name=name, error=error)
        )
