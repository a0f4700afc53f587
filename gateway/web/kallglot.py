"""Kallglot's webhook: signed events about sessions."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.bridge.notices import Notices
from gateway.clock import Clock
from gateway.errors import SignatureError, StoreUnavailableError, WebhookError
from gateway.kallglot import webhooks
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import Metrics, WebhookKind, WebhookResult
from gateway.web.errors import error
from gateway.web.requests import BodyTooLargeError, read_body

_log = logger("webhooks")

BODY_LIMIT_BYTES = 1 << 20
"""What an event's `data` is, is mostly undocumented. `transcript.ready` may bring the transcript, a quarter of a KiB a
turn: 64 KiB are a call of half an hour, and an event that is refused is told again for two days."""

_SENDER = "kallglot"
"""The `carrier` label of its webhooks, as carriers have theirs."""
_SESSION_ENDED = "session.ended"


class KallglotWebhook:
    """The one to which Kallglot sends its events."""

    def __init__(self, notices: Notices, metrics: Metrics, clock: Clock, secrets: tuple[str, ...]) -> None:
        """`secrets` are those that an event may be signed with."""
        self._notices = notices
        self._metrics = metrics
        self._clock = clock
        self._secrets = secrets

    def route(self) -> Route:
        """`POST /webhooks/kallglot`."""
        return Route("/webhooks/kallglot", self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        began_ms = self._clock.now_ms()
        response, result = await self._handle(request)
        seconds = (self._clock.now_ms() - began_ms) / 1000
        self._metrics.webhooks.labels(_SENDER, WebhookKind.EVENT, result).inc()
        self._metrics.webhook_duration.labels(_SENDER, WebhookKind.EVENT).observe(seconds)
        return response

    async def _handle(self, request: Request) -> tuple[Response, WebhookResult]:
        try:
            body = await read_body(request, limit_bytes=BODY_LIMIT_BYTES)
            signature, now_s = request.headers.get(webhooks.HEADER), self._clock.unix_ms() // 1000
            webhooks.verify(self._secrets, signature, body, now_s)
            event = webhooks.parse(body)
        except BodyTooLargeError:
            detail = "more than 1 MiB"
            return self._reject("too_large", detail, error(413, "request_too_large", detail))
        except SignatureError as exc:
            refused = error(403, "invalid_signature", "the signature does not fit", type_="permission_error")
            return self._reject(exc.fault, str(exc), refused)
        except WebhookError as exc:
            return self._reject("body", str(exc), error(400, "invalid_request", str(exc), param=exc.param))
        return await self._act(event)

    async def _act(self, event: webhooks.KallglotEvent) -> tuple[Response, WebhookResult]:
        if event.type == _SESSION_ENDED and event.session_id is not None and self._notices.is_news(event.id):
            try:
                await self._notices.session_ended(event.session_id)
            except StoreUnavailableError as exc:
                # Not acknowledged: Kallglot tells it again.
                _log.warning("event_not_noted", detail=str(exc))
                self._notices.forget(event.id)
                return error(503, "store_unavailable", "try again", type_="api_error"), WebhookResult.FAILED
        return Response(status_code=204), WebhookResult.NOTED

    def _reject(self, reason: str, detail: str, response: Response) -> tuple[Response, WebhookResult]:
        _log.warning("webhook_rejected", carrier=_SENDER, reason=reason, status=response.status_code, detail=detail)
        self._metrics.webhook_rejects.labels(_SENDER, reason).inc()
        return response, WebhookResult.REJECTED
