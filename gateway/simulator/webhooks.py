"""Sends a carrier's webhooks to a gateway."""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx

from gateway.clock import Clock
from gateway.errors import MessageError
from gateway.simulator.addresses import Addresses
from gateway.simulator.dialect import CallStatus, CarrierDialect, Complaint, FetchFailure, Parameters, StreamEvent
from gateway.simulator.leaving import unless
from gateway.simulator.markup import Document, parse
from gateway.simulator.overrides import Failure
from gateway.simulator.report import Callback, EndedBy, EventKind, Logbook

_FAREWELL_S = 2.0
"""Seconds that callbacks still have to be answered once the caller was told to hang up: nobody waits any more."""
_MARKUP_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


class Webhooks:
    """One call's requests."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        addresses: Addresses,
        carrier: CarrierDialect,
        log: Logbook,
        clock: Clock,
        extra: Mapping[str, str],
        *,
        hangs_up_now: Callable[[], bool] = lambda: False,
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._carrier = carrier
        self._log = log
        self._clock = clock
        self._extra = list(extra.items())
        self._hangs_up_now = hangs_up_now

    async def document(
        self, method: str, url: str, *, answered: bool, more: Parameters = ()
    ) -> Document | FetchFailure:
        """Ask for a document, with `more` parameters than the call's own; why there is none, where there is none.

        A caller who is told to hang up meanwhile does not wait for it: that is no connection either.
        """
        asked_ms = self._clock.now_ms()
        report = self._log.report
        report.asked_ms.append(self._log.since_start(asked_ms))
        parameters = [*self._carrier.voice(answered=answered), *self._extra, *more]
        response = await unless(self._hangs_up_now, self._send(method, url, parameters))
        now_ms = self._clock.now_ms()
        report.webhook_statuses.append(0 if response is None else response.status_code)
        self._log.happened(EventKind.DOCUMENT, f"{method} {url}: HTTP {report.webhook_statuses[-1]}", now_ms)
        if response is None:
            return FetchFailure.CONNECTION
        if not response.is_success:
            return FetchFailure.STATUS
        if report.document_ms is None:
            report.webhook_ms = now_ms - asked_ms
            report.document_ms = self._log.since_start(now_ms)
        return self._read(response, now_ms)

    def _read(self, response: httpx.Response, now_ms: int) -> Document | FetchFailure:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _MARKUP_TYPES:
            self._log.complain(Complaint("content_type", f"a document of type {media_type!r}"), now_ms)
            return FetchFailure.DOCUMENT
        for complaint in self._carrier.problems(response.content):
            self._log.complain(complaint, now_ms)
        try:
            document = parse(response.content, self._carrier.stream_attributes)
        except MessageError as exc:
            self._log.complain(Complaint("document", str(exc)), now_ms)
            return FetchFailure.DOCUMENT
        for problem in document.problems:
            self._log.complain(Complaint("document", problem), now_ms)
        return document

    def begun(self) -> list[Parameters]:
        """What to `tell` the status callback before the first document is asked for."""
        return list(self._carrier.begun(self._clock.unix_ms()))

    def ended(self, ended_by: EndedBy, reason: str, *, answered: bool) -> Parameters:
        """What to `tell` it when the call is over."""
        duration_s = -(-self._log.since_start(self._clock.now_ms()) // 1000) if answered else 0
        return self._carrier.ended(_status(ended_by, reason, answered=answered), duration_s, self._clock.unix_ms())

    def stream(self, event: StreamEvent, stream_id: str, name: str, error: str) -> Parameters:
        """What to `tell` the stream's callback that has just become of it."""
        return self._carrier.stream_event(event, stream_id, name, error, self._clock.unix_ms())

    async def tell(self, event: str, method: str, url: str, parameters: Parameters) -> None:
        """Send a callback, whose answer changes nothing."""
        answer = self._send(method, url, [*parameters, *self._extra])
        response = await unless(self._hangs_up_now, answer, grace_s=_FAREWELL_S)
        status = 0 if response is None else response.status_code
        self._log.report.callbacks.append(Callback(event, status))
        self._log.happened(EventKind.CALLBACK, f"{event}: HTTP {status}", self._clock.now_ms())

    async def _send(self, method: str, url: str, parameters: Parameters) -> httpx.Response | None:
        """The last answer of as many attempts as the carrier makes, or None where it was none."""
        patience = self._carrier.patience(url)
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(patience.total_ms / 1000):
                for attempt in range(patience.retries + 1):
                    self._log.report.attempts += attempt > 0
                    limits = httpx.Timeout(patience.read_ms / 1000, connect=patience.connect_ms / 1000)
                    response, failure = await self._attempt(method, url.partition("#")[0], parameters, limits)
                    if failure not in patience.retried:
                        break
        except TimeoutError:
            return None
        return response

    async def _attempt(
        self, method: str, url: str, parameters: Parameters, limits: httpx.Timeout
    ) -> tuple[httpx.Response | None, Failure | None]:
        try:
            request = self._carrier.request(method, url, parameters, self._clock.unix_ms())
            headers = {**request.headers, "Host": urlsplit(url).netloc.rpartition("@")[2]}
            response = await self._http.request(
                method, self._addresses.http(request.url), headers=headers, content=request.body, timeout=limits
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, AttributeError):
            # AttributeError: of a connection that is reset as it opens uvloop has no socket any more; anyio wants it.
            return None, Failure.CONNECT
        except httpx.HTTPError:
            return None, Failure.READ
        except (httpx.InvalidURL, ValueError):  # ValueError: a port that is no number
            return None, None
        if response.is_server_error:
            return response, Failure.SERVER
        return response, Failure.CLIENT if response.is_client_error else None


def _status(ended_by: EndedBy, reason: str, *, answered: bool) -> CallStatus:
    """The final status. Of what ends a call unanswered Twilio documents `<Reject>` alone: `<Hangup>` answers it."""
    if answered or ended_by not in {EndedBy.REJECT, EndedBy.CALLER}:
        return CallStatus.COMPLETED
    if ended_by is EndedBy.CALLER:
        return CallStatus.NO_ANSWER
    return CallStatus.BUSY if reason == "busy" else CallStatus.FAILED
