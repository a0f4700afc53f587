"""Places one call: follows the documents of a gateway, streams, and reports."""

import asyncio
import itertools
from collections.abc import Mapping

import httpx
from websockets.asyncio.client import ClientConnection

from gateway.audio.formats import AudioFormat
from gateway.calls import Carrier
from gateway.clock import SystemClock
from gateway.simulator.addresses import Addresses
from gateway.simulator.caller import Caller
from gateway.simulator.dialect import CarrierDialect, DialFailure, Leg, StreamDialect, StreamTerms
from gateway.simulator.following import Follower
from gateway.simulator.listener import Heard, timeline
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import CallReport, Logbook
from gateway.simulator.sockets import dial
from gateway.simulator.speech import FRAME_MS, Track, load, prepare, sampled_rate_hz
from gateway.simulator.stream import Line, MediaStream
from gateway.simulator.telnyx.carrier import ACCOUNT_ID, TelnyxCarrier
from gateway.simulator.telnyx.carrier import new_call_id as new_telnyx_id
from gateway.simulator.telnyx.signature import private_key
from gateway.simulator.twilio.carrier import ACCOUNT_SID, TwilioCarrier
from gateway.simulator.twilio.carrier import new_call_id as new_twilio_id
from gateway.simulator.webhooks import Webhooks


async def place_call(plan: CallPlan) -> CallReport:
    """Call a gateway and see the call through.

    Whatever the gateway does is in the report; nothing of it is raised.

    Raises:
        ConfigError: the speech or the key of the plan cannot be used.
    """
    clock = SystemClock()
    rate_hz = sampled_rate_hz(plan.audio)
    linear = await asyncio.to_thread(load, plan.speech, rate_hz) if plan.speech else b""
    leg, carrier = leg_of(plan)
    start_ms = clock.now_ms()
    report = CallReport(Carrier(plan.carrier), leg.call_id, plan.codec)
    log = Logbook(report, plan.on_event, now_ms=start_ms)
    speech_ms = -(-len(linear) * 1000 // (2 * rate_hz) // FRAME_MS) * FRAME_MS
    line = Line(plan, Caller(plan.script(speech_ms), now_ms=start_ms), Heard(), log, clock)
    addresses = Addresses(plan.gateway_url, plan.public_url)
    talks = _Talks(line, addresses, linear)
    # Plain HTTP needs no certificate store, and loading one for every call of a load would show.
    verify = plan.gateway_url.startswith("https:")
    async with httpx.AsyncClient(verify=verify, trust_env=False) as http, asyncio.TaskGroup() as background:
        extra = plan.extra_parameters
        webhooks = Webhooks(http, addresses, carrier, log, clock, extra, hangs_up_now=line.hangs_up_now)
        follower = Follower(line, carrier, webhooks, addresses, talks.open, background)
        report.ended_by = await follower.follow()
        end_ms = clock.now_ms()
    _conclude(line, talks.streams, start_ms=start_ms, end_ms=end_ms)
    return report


class _Talks:
    """Opens a call's media streams, and keeps what was heard of them."""

    def __init__(self, line: Line, addresses: Addresses, linear: bytes) -> None:
        self._line = line
        self._addresses = addresses
        self._linear = linear
        self._tracks: dict[AudioFormat, Track] = {}
        self.streams: list[MediaStream] = []

    async def open(
        self, terms: StreamTerms, dialect: StreamDialect, headers: Mapping[str, str]
    ) -> MediaStream | tuple[DialFailure, int]:
        """A stream on a fresh socket."""
        opened = await dial(self._addresses, terms.url, headers)
        if not isinstance(opened, ClientConnection):
            return opened
        self.streams.append(MediaStream(opened, dialect, terms, self._track(terms), self._line))
        return self.streams[-1]

    def _track(self, terms: StreamTerms) -> Track:
        """The caller's speech on this stream; encoded once, however often the stream is opened anew."""
        if terms.speaks not in self._tracks:
            self._tracks[terms.speaks] = prepare(self._linear, terms.speaks)
        return self._tracks[terms.speaks]


def leg_of(plan: CallPlan) -> tuple[Leg, CarrierDialect]:
    """A call's leg, and its carrier's side of it.

    Raises:
        ConfigError: the signing seed is none.
    """
    caller, called = plan.from_, plan.to
    if plan.carrier == Carrier.TELNYX:
        account = plan.account_id or ACCOUNT_ID
        leg = Leg(plan.call_id or new_telnyx_id(), account, caller, called, plan.sip, plan.sip_headers)
        return leg, TelnyxCarrier(leg, None if plan.signing_seed is None else private_key(plan.signing_seed))
    if plan.sip:
        caller, called = (_sip_uri(address, plan.sip_domain) for address in (caller, called))
    account = plan.account_id or ACCOUNT_SID
    leg = Leg(plan.call_id or new_twilio_id(), account, caller, called, plan.sip, plan.sip_headers)
    return leg, TwilioCarrier(leg, plan.auth_token)


def _sip_uri(address: str, domain: str) -> str:
    """As the INVITE has it: `bob` and `bob@example.com` with all that is left out."""
    uri = address if "@" in address else f"{address}@{domain}"
    return uri if uri.startswith(("sip:", "sips:")) else f"sip:{uri}"


def _conclude(line: Line, streams: list[MediaStream], *, start_ms: int, end_ms: int) -> None:
    report = line.log.report
    report.duration_ms = end_ms - start_ms
    sent = sorted(line.log.sent.items())
    report.sent_audio = b"".join(payload for _, payload in sent)
    ends = itertools.accumulate(len(payload) for _, payload in sent)
    report.sent_ns = [(end, line.log.sent_ns[index]) for end, (index, _) in zip(ends, sent, strict=True)]
    report.received_audio = bytes(line.log.received)
    report.heard = timeline(
        [stream.recording for stream in streams if stream.recording], start_ms=start_ms, now_ms=end_ms
    )
