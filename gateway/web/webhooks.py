"""The carriers' webhooks: verify, parse, hand over, map errors to a status, answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.bridge.answers import Answer, showing_a_number
from gateway.bridge.reception import Reception
from gateway.calls import CallStatus, IncomingCall, StreamStatus, call_id_for
from gateway.carriers.base import WebhookDialect, WebhookRequest
from gateway.clock import Clock
from gateway.errors import SignatureError, StoreUnavailableError, WebhookError
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import Metrics, Stage, WebhookKind, WebhookResult
from gateway.web.errors import error
from gateway.web.requests import BodyTooLargeError, Networks, read_webhook

_log = logger("webhooks")

_REJECT_BODY = "body"
_REJECT_SIZE = "too_large"
"""`reason` labels beside `SignatureFault`."""


@dataclass(frozen=True, slots=True)
class WebhookDesk:
    """What the webhooks are answered with."""

    reception: Reception
    metrics: Metrics
    clock: Clock
    public_url: str
    trusted: Networks


Handler = Callable[[WebhookRequest, Request], Awaitable[tuple[Response, WebhookResult]]]


class CarrierWebhooks:
    """One carrier's five webhooks."""

    def __init__(self, dialect: WebhookDialect, desk: WebhookDesk) -> None:
        self._dialect = dialect
        self._desk = desk

    def routes(self) -> list[Route]:
        """Their paths. GET too: Telnyx' default, and Twilio's choice."""
        base = f"/webhooks/{self._dialect.carrier}"
        doors: list[tuple[str, WebhookKind, Handler]] = [
            ("/voice", WebhookKind.VOICE, self._voice),
            ("/continue/{call_id}", WebhookKind.CONTINUE, self._continue),
            ("/status", WebhookKind.STATUS, self._status),
            ("/stream/{call_id}", WebhookKind.STREAM, self._stream),
            ("/fallback", WebhookKind.FALLBACK, self._fallback),
        ]
        return [
            Route(
                base + path, self._door(kind, handler), methods=["GET", "POST"], name=f"{self._dialect.carrier}-{kind}"
            )
            for path, kind, handler in doors
        ]

    def _door(self, kind: WebhookKind, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            desk, carrier = self._desk, self._dialect.carrier
            began_ms = desk.clock.now_ms()
            try:
                webhook = await read_webhook(request, desk.public_url, desk.trusted)
                self._dialect.verify(webhook, desk.clock.unix_ms() // 1000)
                response, result = await handler(webhook, request)
            except BodyTooLargeError:
                response, result = self._reject(kind, _REJECT_SIZE, 413, "more than 64 KiB"), WebhookResult.REJECTED
            except SignatureError as exc:
                response, result = self._reject(kind, exc.fault, 403, str(exc)), WebhookResult.REJECTED
            except WebhookError as exc:
                response, result = self._reject(kind, _REJECT_BODY, 400, str(exc), exc.param), WebhookResult.REJECTED
            seconds = (desk.clock.now_ms() - began_ms) / 1000
            desk.metrics.webhooks.labels(carrier, kind, result).inc()
            desk.metrics.webhook_duration.labels(carrier, kind).observe(seconds)
            if kind is WebhookKind.VOICE and result is WebhookResult.CONNECTED:
                desk.metrics.setup_stage.labels(Stage.WEBHOOK).observe(seconds)
            return response

        return answer

    def _reject(self, kind: WebhookKind, reason: str, status: int, detail: str, param: str | None = None) -> Response:
        self._desk.metrics.webhook_rejects.labels(self._dialect.carrier, reason).inc()
        _log.warning(
            "webhook_rejected", carrier=self._dialect.carrier, kind=kind, reason=reason, status=status, detail=detail
        )
        if status == 403:
            # Whoever forges a request is not told what to forge better; the log and the doctor say it.
            return error(403, "invalid_signature", "the signature does not fit", type_="permission_error")
        code = "request_too_large" if status == 413 else "invalid_request"
        return error(status, code, detail, param=param)

    async def _voice(self, webhook: WebhookRequest, _request: Request) -> tuple[Response, WebhookResult]:
        call = self._dialect.parse_voice(webhook)
        if call.is_over:
            # A number whose status callback leads here: each call would cost a second session, for nobody.
            _log.warning("status_at_voice", call_id=call.call_id, carrier=call.carrier)
            self._desk.reception.call_over(call.call_id)
            return Response(status_code=204), WebhookResult.NOTED
        return self._document(await self._desk.reception.arrive(call), call)

    async def _continue(self, webhook: WebhookRequest, request: Request) -> tuple[Response, WebhookResult]:
        call = self._dialect.parse_voice(webhook)
        self._expect(request, call.call_id)
        try:
            answer = await self._desk.reception.come_back(call)
        except StoreUnavailableError as exc:
            _log.error("ledger_unavailable", call_id=call.call_id, carrier=call.carrier, detail=str(exc))
            answer = self._desk.reception.sorry(call)
        return self._document(answer, call)

    async def _fallback(self, webhook: WebhookRequest, _request: Request) -> tuple[Response, WebhookResult]:
        call = self._dialect.parse_voice(webhook)
        try:
            answer = await self._desk.reception.fall_back(call)
        except StoreUnavailableError as exc:
            _log.error("ledger_unavailable", call_id=call.call_id, carrier=call.carrier, detail=str(exc))
            answer = self._desk.reception.sorry(call)
        _log.warning("fallback_asked", call_id=call.call_id, carrier=call.carrier, result=answer.result)
        return self._document(answer, call)

    async def _status(self, webhook: WebhookRequest, _request: Request) -> tuple[Response, WebhookResult]:
        report = self._dialect.parse_status(webhook)
        self._time(WebhookKind.STATUS, report.sent_unix_ms)
        if report.status is CallStatus.OVER:
            self._desk.reception.call_over(report.call_id)
        return Response(status_code=204), WebhookResult.NOTED

    async def _stream(self, webhook: WebhookRequest, request: Request) -> tuple[Response, WebhookResult]:
        report = self._dialect.parse_stream_status(webhook)
        call_id = call_id_for(report.carrier, report.carrier_call_id)
        self._expect(request, call_id)
        self._time(WebhookKind.STREAM, report.sent_unix_ms)
        if report.status is StreamStatus.FAILED:
            self._desk.metrics.calls.stream_failed(report.carrier, report.error)
            self._desk.reception.stream_failed(call_id, report.error)
            _log.warning("carrier_stream_failed", call_id=call_id, carrier=report.carrier, detail=report.error)
        return Response(status_code=204), WebhookResult.NOTED

    def _time(self, kind: WebhookKind, sent_unix_ms: int | None) -> None:
        """How long a callback was on its way; a clock that is behind ours makes it 0."""
        if sent_unix_ms is not None:
            seconds = max(0, self._desk.clock.unix_ms() - sent_unix_ms) / 1000
            self._desk.metrics.callback_delay.labels(self._dialect.carrier, kind).observe(seconds)

    def _expect(self, request: Request, call_id: str) -> None:
        """The path's call must be the one that the signed body speaks of; Telnyx does not sign paths."""
        if request.path_params["call_id"] != call_id:
            raise WebhookError("the path names another call than the body", param="CallSid")

    def _document(self, answer: Answer, call: IncomingCall) -> tuple[Response, WebhookResult]:
        xml = self._dialect.document(showing_a_number(answer, call).document)
        return Response(xml, media_type="text/xml"), answer.result
