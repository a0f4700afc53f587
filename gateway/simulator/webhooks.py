"""Sends a carrier's webhooks to a gateway."""

import asyncio
from urllib.parse import urlsplit

import httpx

from gateway.clock import Clock
from gateway.errors import MessageError
from gateway.simulator.addresses import Addresses
from gateway.simulator.dialect import CarrierDialect, Complaint, Parameters, StreamEvent
from gateway.simulator.markup import Document, parse
from gateway.simulator.report import Callback, EndedBy, EventKind, Logbook

_TIMEOUT_S = 15.0
"""Twilio's "hard 15 s cap on every call-related request"; Telnyx documents none for TeXML."""
_MARKUP_TYPES = frozenset({"text/xml", "application/xml", "text/html"})


class Webhooks:
    """One call's requests."""

    def __init__(
        self, http: httpx.AsyncClient, addresses: Addresses, carrier: CarrierDialect, log: Logbook, clock: Clock
    ) -> None:
        self._http = http
        self._addresses = addresses
        self._carrier = carrier
        self._log = log
        self._clock = clock

    async def document(self, method: str, url: str, *, answered: bool, failed: str = "") -> Document | EndedBy:
        """Ask for a document, or for another one than that which `failed`; what ends the call where there is none."""
        asked_ms = self._clock.now_ms()
        report = self._log.report
        report.asked_ms.append(self._log.since_start(asked_ms))
        parameters = [*self._carrier.voice(answered=answered), *(self._carrier.fetch_failed(failed) if failed else ())]
        response = await self._send(method, url, parameters)
        now_ms = self._clock.now_ms()
        report.webhook_statuses.append(0 if response is None else response.status_code)
        self._log.happened(EventKind.DOCUMENT, f"{method} {url}: HTTP {report.webhook_statuses[-1]}", now_ms)
        if response is None or not response.is_success:
            return EndedBy.WEBHOOK_FAILED
        if report.document_ms is None:
            report.webhook_ms = now_ms - asked_ms
            report.document_ms = self._log.since_start(now_ms)
        return self._read(response, now_ms)

    def _read(self, response: httpx.Response, now_ms: int) -> Document | EndedBy:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _MARKUP_TYPES:
            self._log.complain(Complaint("content_type", f"a document of type {media_type!r}"), now_ms)
            return EndedBy.DOCUMENT_INVALID
        for complaint in self._carrier.problems(response.content):
            self._log.complain(complaint, now_ms)
        try:
            document = parse(response.content, self._carrier.stream_attributes)
        except MessageError as exc:
            self._log.complain(Complaint("document", str(exc)), now_ms)
            return EndedBy.DOCUMENT_INVALID
        for problem in document.problems:
            self._log.complain(Complaint("document", problem), now_ms)
        return document

    async def completed(self, url: str) -> None:
        """Tell that the call is over."""
        duration_s = -(-self._log.since_start(self._clock.now_ms()) // 1000)
        await self._tell("completed", "POST", url, self._carrier.completed(duration_s, self._clock.unix_ms()))

    async def stream(self, event: StreamEvent, method: str, url: str, *, stream_id: str, name: str, error: str) -> None:
        """Tell what became of a stream."""
        parameters = self._carrier.stream_event(event, stream_id, name, error, self._clock.unix_ms())
        await self._tell(event, method, url, parameters)

    async def _tell(self, event: str, method: str, url: str, parameters: Parameters) -> None:
        response = await self._send(method, url, parameters)
        status = 0 if response is None else response.status_code
        self._log.report.callbacks.append(Callback(event, status))
        self._log.happened(EventKind.CALLBACK, f"{event}: HTTP {status}", self._clock.now_ms())

    async def _send(self, method: str, url: str, parameters: Parameters) -> httpx.Response | None:
        """The answer, or None where there was none in time."""
        try:
            request = self._carrier.request(method, url, parameters, self._clock.unix_ms())
            headers = {**request.headers, "Host": urlsplit(url).netloc.rpartition("@")[2]}
            async with asyncio.timeout(_TIMEOUT_S):
                return await self._http.request(
                    method, self._addresses.http(request.url), headers=headers, content=request.body
                )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError):  # ValueError: a port that is no number
            return None
