"""Follows a gateway's documents, verb by verb, as a carrier does until the call is over."""

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol, assert_never

from gateway.simulator.addresses import Addresses, absolute, socket_url
from gateway.simulator.dialect import (
    CallStatus,
    CarrierDialect,
    DialFailure,
    FetchFailure,
    Parameters,
    SocketFailure,
    StreamDialect,
    StreamEvent,
    StreamTerms,
)
from gateway.simulator.fault_specs import FaultName
from gateway.simulator.faults import Delays
from gateway.simulator.leaving import unless
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
from gateway.simulator.report import EndedBy, EventKind, Refusal, StreamTimes
from gateway.simulator.stream import Line
from gateway.simulator.webhooks import Webhooks


class Talk(Protocol):
    """A media stream on an open socket."""

    async def run(self) -> bool:
        """True where the caller hung up, False where the stream ended without that."""
        ...

    def failure(self) -> SocketFailure | None:
        """What broke the stream that was run, or None."""
        ...


OpenTalk = Callable[[StreamTerms, StreamDialect, Mapping[str, str]], Awaitable["Talk | tuple[DialFailure, int]"]]
"""Opens a stream with these headers; otherwise what failed and the HTTP status, 0 where there was none."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Step:
    """The next document to ask for."""

    method: str
    url: str
    more: Parameters = ()


class Follower:
    """Follows verbs until something ends the call."""

    def __init__(
        self,
        line: Line,
        carrier: CarrierDialect,
        webhooks: Webhooks,
        addresses: Addresses,
        open_talk: OpenTalk,
        background: asyncio.TaskGroup,
    ) -> None:
        self._line = line
        self._carrier = carrier
        self._webhooks = webhooks
        self._open_talk = open_talk
        self._background = background
        self._base = f"{addresses.public_url}/webhooks/{line.plan.carrier}"
        self._lateness = Delays(line.plan.faults, FaultName.LATE_CALLBACKS, line.plan.seed)
        self._answered = not carrier.rings
        self._reason = ""
        """Of a `<Reject>`."""

    async def follow(self) -> EndedBy:
        """From before the first document to after the last callback was sent off."""
        for parameters in self._webhooks.begun():
            self._tell_status(parameters)
        ended_by = await self._follow()
        self._line.log.happened(EventKind.ENDED, ended_by, self._line.clock.now_ms())
        self._tell_status(self._webhooks.ended(ended_by, self._reason, answered=self._answered))
        return ended_by

    async def _follow(self) -> EndedBy:
        plan = self._line.plan
        overrides = f"#{plan.overrides}" if plan.overrides else ""
        step = _Step(plan.webhook_method, f"{self._base}/voice{overrides}")
        streams = self._line.log.report.streams
        redirects = talks = 0
        while redirects <= plan.max_redirects:
            document = await self._ask(step)
            if isinstance(document, FetchFailure) and plan.falls_back and not self._line.hangs_up_now():
                step = _Step("POST", f"{self._base}/fallback", self._carrier.fetch_failed(step.url, document))
                document = await self._ask(step)
            if document is FetchFailure.CONNECTION and self._line.hangs_up_now():
                return EndedBy.CALLER
            if isinstance(document, FetchFailure):
                invalid = document is FetchFailure.DOCUMENT
                return EndedBy.DOCUMENT_INVALID if invalid else EndedBy.WEBHOOK_FAILED
            if self._line.hangs_up_now():
                return EndedBy.CALLER
            outcome = await self._perform(document, step.url)
            if isinstance(outcome, EndedBy):
                return outcome
            step = outcome
            # A caller who comes back from a stream is sent there anew: a long call may do so any number of times.
            redirects, talks = redirects + 1 if len(streams) == talks else 0, len(streams)
        return EndedBy.TOO_MANY_REDIRECTS

    async def _ask(self, step: _Step) -> Document | FetchFailure:
        return await self._webhooks.document(step.method, step.url, answered=self._answered, more=step.more)

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
                return self._dial(verb, base)
            case Hangup() | Reject():
                self._reason = verb.reason if isinstance(verb, Reject) else ""
                return EndedBy.HANGUP if isinstance(verb, Hangup) else EndedBy.REJECT
            case _:
                assert_never(verb)

    def _dial(self, verb: Dial, base: str) -> _Step | None:
        """Nobody is simulated there: the other side has hung up again."""
        self._answered = True
        if not verb.action:
            return None
        return _Step(verb.method, absolute(base, verb.action), self._carrier.dialled(CallStatus.COMPLETED, 0))

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
        rest_s = min(seconds, math.inf if patience_ms is None else patience_ms / 1000)
        await unless(self._line.hangs_up_now, asyncio.sleep(rest_s))
        return EndedBy.CALLER if caller.patience_ms(clock.now_ms()) == 0 or self._line.hangs_up_now() else None

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
        hung_up, failure = await self._talk(stream, stream_id, terms)
        if failure is SocketFailure.LOST and terms.reconnects:
            # Telnyx' default; how often it tries, and whether the stream's id stays, is not documented.
            hung_up, _ = await self._talk(stream, stream_id, terms)
        return hung_up

    async def _talk(self, stream: Stream, stream_id: str, terms: StreamTerms) -> tuple[bool, SocketFailure | None]:
        """Open a stream and see it through: whether the caller hung up, and what broke it."""
        log, clock = self._line.log, self._line.clock
        headers = self._carrier.media_headers(terms.url)
        opening = self._open_talk(terms, self._carrier.stream(stream_id, terms), headers)
        opened = await unless(self._line.hangs_up_now, opening)
        if opened is None:
            return True, None
        if isinstance(opened, tuple):
            self._refused(stream, stream_id, *opened)
            return False, None
        now_ms = clock.now_ms()
        if log.report.media_connected_ms is None:
            log.report.media_connected_ms = log.since_start(now_ms)
        log.happened(EventKind.MEDIA_CONNECTED, terms.url, now_ms)
        self._tell(StreamEvent.STARTED, stream, stream_id)
        log.report.streams.append(StreamTimes(log.report.asked_ms[-1], log.since_start(now_ms)))
        hung_up = await opened.run()
        failure = None if hung_up else opened.failure()
        if failure is None:
            self._tell(StreamEvent.STOPPED, stream, stream_id)
        else:
            code = self._carrier.socket_error(failure)
            log.report.broken_media.append(code)
            self._tell(StreamEvent.FAILED, stream, stream_id, self._carrier.stream_error(code))
        return hung_up, failure

    def _refused(self, stream: Stream, stream_id: str, failure: DialFailure, status: int) -> None:
        refusal = Refusal(status, self._carrier.dial_error(failure))
        self._line.log.report.refused_media.append(refusal)
        detail = f"{refusal.reason} (HTTP {status})"
        self._line.log.happened(EventKind.MEDIA_REFUSED, detail, self._line.clock.now_ms())
        self._tell(StreamEvent.FAILED, stream, stream_id, self._carrier.stream_error(refusal.reason))

    def _tell(self, event: StreamEvent, stream: Stream, stream_id: str, error: str = "") -> None:
        """Send a stream status callback, which nobody waits for."""
        url = stream.attributes.get("statusCallback")
        if not url:
            return
        method = stream.attributes.get("statusCallbackMethod", "POST").upper()
        name = stream.attributes.get("name", "")
        parameters = self._webhooks.stream(event, stream_id, name, error)
        self._background.create_task(self._late(self._webhooks.tell(event, method, url, parameters)))

    def _tell_status(self, parameters: Parameters) -> None:
        if self._line.plan.status_callback:
            told = self._webhooks.tell(dict(parameters)["CallStatus"], "POST", f"{self._base}/status", parameters)
            self._background.create_task(self._late(told))

    async def _late(self, told: Awaitable[None]) -> None:
        await unless(self._line.hangs_up_now, asyncio.sleep(self._lateness.next_ms() / 1000))
        await told
