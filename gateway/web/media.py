"""Who may open a media socket: ticket, carrier's signature and address, all before the upgrade."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.bridge.carrier_leg import CarrierLeg, Socket
from gateway.bridge.drain import Drain
from gateway.bridge.switchboard import Switchboard
from gateway.calls import Carrier, TicketId
from gateway.carriers.base import WebhookDialect
from gateway.errors import SignatureError, StoreUnavailableError, TicketError, TicketFault
from gateway.store.record import CallRecord
from gateway.telemetry.logs import logger
from gateway.telemetry.metrics import MediaAuth, Metrics, Side

_log = logger("media")

_STORE_UNAVAILABLE = "store_unavailable"
_DRAINING = "draining"
_CROWDED = "crowded"
"""`result` labels beside `TicketFault`."""

MOST_WAITING = 1_000
"""Sockets that may wait for the store at once. When a replica dies its calls come back together, and each waits a few
milliseconds; more than that is nobody's calls."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A media socket that is let in."""

    record: CallRecord
    dialect: WebhookDialect


@dataclass(frozen=True, slots=True)
class Refusal:
    """A media socket that is not; answered before the upgrade."""

    status: int
    code: str


class MediaDoor:
    """Looks at each request for a media socket."""

    def __init__(
        self,
        dialects: Mapping[Carrier, WebhookDialect],
        switchboard: Switchboard,
        drain: Drain,
        metrics: Metrics,
        socket_url: str,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._dialects = dialects
        self._switchboard = switchboard
        self._drain = drain
        self._metrics = metrics
        self._socket_url = socket_url
        self._most_waiting = most_waiting
        self._waiting = 0

    async def ask(self, path: str, headers: Mapping[str, str], client_ip: str) -> Admission | Refusal:
        """Whether `/media/{carrier}/{ticket}` may be opened; a ticket is used up only if everything else is right."""
        carrier, _, ticket_id = path.removeprefix("/media/").partition("/")
        dialect = self._dialects.get(Carrier(carrier)) if carrier in self._dialects else None
        if dialect is None or not ticket_id or "/" in ticket_id:
            return Refusal(404, "not_found")
        if not self._drain.lets_in:
            # The carrier asks what to do next, and is let in by another replica.
            return self._refuse(dialect.carrier, 503, _DRAINING, "calls are leaving this replica")
        if self._waiting >= self._most_waiting:
            return self._refuse(dialect.carrier, 503, _CROWDED, "too many sockets wait to be let in")
        self._waiting += 1
        try:
            return await self._admit(dialect, path, TicketId(ticket_id), headers, client_ip)
        finally:
            self._waiting -= 1

    def opened(self) -> None:
        """A media socket is open."""
        self._metrics.open_websockets.labels(Side.MEDIA).inc()

    def closed(self) -> None:
        """It is no more."""
        self._metrics.open_websockets.labels(Side.MEDIA).dec()

    def connect(self, admission: Admission, socket: Socket) -> CarrierLeg:
        """Bridge the call whose socket has been upgraded; who hears it from now on."""
        return self._switchboard.connect(admission.record, socket, admission.dialect.media()).carrier

    async def _admit(
        self, dialect: WebhookDialect, path: str, ticket_id: TicketId, headers: Mapping[str, str], client_ip: str
    ) -> Admission | Refusal:
        try:
            dialect.verify_media(self._socket_url + path, headers, client_ip)
            record = await self._switchboard.redeem(ticket_id, dialect.carrier)
        except SignatureError as exc:
            return self._refuse(dialect.carrier, 403, TicketFault.BAD_SIGNATURE, str(exc))
        except TicketError as exc:
            return self._refuse(dialect.carrier, 403, exc.fault, str(exc))
        except StoreUnavailableError as exc:
            return self._refuse(dialect.carrier, 503, _STORE_UNAVAILABLE, str(exc))
        self._metrics.media_auth.labels(dialect.carrier, MediaAuth.ACCEPTED).inc()
        return Admission(record, dialect)

    def _refuse(self, carrier: Carrier, status: int, result: str, detail: str) -> Refusal:
        self._metrics.media_auth.labels(carrier, result).inc()
        _log.warning("media_refused", carrier=carrier, result=result, detail=detail)
        return Refusal(status, result)
