"""Places the calls of one process and follows each to its end: one task a call."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping

import httpx
from picows import WSError, WSHandshakeError, WSInvalidStatusError, WSTransport, WSUpgradeResponse, ws_connect

from gateway.calls import Carrier
from gateway.clock import Clock
from gateway.simulator.addresses import Addresses, SocketAddress
from gateway.simulator.call import leg_of
from gateway.simulator.caller import Caller
from gateway.simulator.dialect import DialFailure, StreamDialect, StreamTerms
from gateway.simulator.following import Follower
from gateway.simulator.listener import Heard
from gateway.simulator.load.arrivals import Arrival
from gateway.simulator.load.plan import LoadPlan
from gateway.simulator.load.probe import Probe
from gateway.simulator.load.talk import LoadTalk
from gateway.simulator.load.tally import Count, Figure, Tally
from gateway.simulator.load.ticker import Ticker
from gateway.simulator.report import CallReport, EndedBy, Logbook
from gateway.simulator.sockets import CONGESTED_BYTES, connect_first, failure_of, may_dial
from gateway.simulator.stream import Line
from gateway.simulator.webhooks import Webhooks

_CONNECT_TIMEOUT_S = 5.0
"""Seconds for a media socket's connection and its handshake."""


class Callers:
    """What the calls of a process share."""

    def __init__(
        self,
        plan: LoadPlan,
        tally: Tally,
        ticker: Ticker,
        http: httpx.AsyncClient,
        clock: Clock,
        *,
        hang_up: Callable[[], bool],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._ticker = ticker
        self._http = http
        self._clock = clock
        self._hang_up = hang_up
        """Whether everybody is to hang up now."""
        self._tls = tls
        """Of `wss` sockets: to load the certificates for each of them would hold everybody up."""
        self._addresses = Addresses(plan.gateway_url, plan.public_url)

    async def call(self, arrival: Arrival) -> None:
        """One call, from its first webhook to its last callback."""
        plan = self._plan.call(arrival, self._plan.carrier_of(arrival.number), hangs_up_now=self._hang_up)
        leg, carrier = leg_of(plan)
        now_ms = self._clock.now_ms()
        report = CallReport(Carrier(plan.carrier), leg.call_id, plan.codec)
        log = Logbook(report, None, now_ms=now_ms)
        line = Line(plan, Caller(plan.script(0), now_ms=now_ms), Heard(), log, self._clock)
        webhooks = Webhooks(self._http, self._addresses, carrier, log, self._clock, {}, hangs_up_now=line.hangs_up_now)
        lines = _Lines(_Sockets(self._addresses, self._tls), line, arrival.number, self._tally, self._ticker)
        self._tally.counts[Count.STARTED] += 1
        self._tally.active += 1
        async with asyncio.TaskGroup() as background:
            follower = Follower(line, carrier, webhooks, self._addresses, lines.open, background)
            try:
                report.ended_by = await follower.follow()
            finally:
                self._tally.active -= 1  # the callbacks that are still under way are no call
            self._conclude(report)

    def _conclude(self, report: CallReport) -> None:
        counts = self._tally.counts
        counts[Count.RESUMED] += max(0, len(report.streams) - 1)
        for complaint in report.complaints:
            self._tally.complain(complaint)
        outcome = _outcome(report, stopped=self._hang_up())
        counts[outcome] += 1
        if outcome is not Count.COMPLETED:
            self._tally.reasons[_reason(report)] += 1
        spreads = self._tally.spreads
        if report.first_audio_ms is not None:
            counts[Count.HEARD] += 1
            spreads[Figure.FIRST_AUDIO].add(report.first_audio_ms)


def _outcome(report: CallReport, *, stopped: bool) -> Count:
    if report.ended_by is EndedBy.CALLER and (stopped or report.media_connected_ms is not None):
        return Count.COMPLETED  # who was told to hang up has not waited in vain
    return Count.REFUSED if report.media_connected_ms is None else Count.LOST


def _reason(report: CallReport) -> str:
    """Why a call did not last, in a few words that many calls share."""
    if report.refused_media:
        refusal = report.refused_media[-1]
        return f"media socket refused: {refusal.reason} (HTTP {refusal.status})"
    if report.ended_by is EndedBy.WEBHOOK_FAILED:
        status = report.webhook_statuses[-1]
        return f"webhook failed: HTTP {status}" if status else "webhook failed: nobody answered"
    if report.ended_by is EndedBy.CALLER:
        return "the caller hung up before there was a media stream"
    return str(report.ended_by)


class _Lines:
    """Opens a call's media streams."""

    def __init__(self, sockets: "_Sockets", line: Line, number: int, tally: Tally, ticker: Ticker) -> None:
        self._sockets = sockets
        self._line = line
        self._number = number
        self._tally = tally
        self._ticker = ticker
        self._probe: Probe | None = None

    async def open(
        self, terms: StreamTerms, dialect: StreamDialect, headers: Mapping[str, str]
    ) -> LoadTalk | tuple[DialFailure, int]:
        """A stream on a fresh socket."""
        report = self._line.log.report
        if self._probe is None:
            self._probe = Probe(self._number, terms.speaks)
        talk = LoadTalk(dialect, terms, self._line, self._probe, self._tally, self._ticker)
        failure = await self._sockets.open(talk, terms.url, headers)
        if failure is not None:
            return failure
        if not report.streams:
            self._tally.counts[Count.CONNECTED] += 1
            self._tally.spreads[Figure.WEBHOOK].add(report.webhook_ms or 0)
            self._tally.spreads[Figure.SETUP].add(self._line.log.since_start(self._line.clock.now_ms()))
        return talk


class _Sockets:
    """Opens media sockets the way a carrier does."""

    def __init__(self, addresses: Addresses, tls: ssl.SSLContext | None) -> None:
        self._addresses = addresses
        self._tls = tls

    async def open(self, talk: LoadTalk, url: str, headers: Mapping[str, str]) -> tuple[DialFailure, int] | None:
        """None where it is open; otherwise what failed and the HTTP status, 0 where there was none."""
        if not may_dial(self._addresses, url):
            return DialFailure.SCHEME, 0
        try:
            transport = await self._shake_hands(talk, self._addresses.socket(url), headers)
        except WSInvalidStatusError as exc:
            return DialFailure.HANDSHAKE, exc.response.status if exc.response is not None else 0
        except WSHandshakeError:
            return DialFailure.HANDSHAKE, 0
        except WSError:
            return DialFailure.MALFORMED_URL, 0
        except (OSError, ValueError) as exc:
            return failure_of(exc), 0
        transport.underlying_transport.set_write_buffer_limits(CONGESTED_BYTES)
        return None

    async def _shake_hands(self, talk: LoadTalk, address: SocketAddress, headers: Mapping[str, str]) -> WSTransport:
        async def connected(_: object) -> socket.socket:
            return await _open_socket(address.host, address.port)

        transport, _ = await ws_connect(
            lambda: talk,
            address.uri,
            ssl_context=self._tls,
            extra_headers=headers,
            max_redirects=0,
            websocket_handshake_timeout=_CONNECT_TIMEOUT_S,
            socket_factory=connected,
        )
        # None, whatever the stub says: picows takes a connection that ends before its answer for an open one.
        answer: WSUpgradeResponse | None = transport.response
        if answer is None:
            raise WSHandshakeError("the connection ended before its answer")
        return transport


async def _open_socket(host: str, port: int) -> socket.socket:
    """Connected to where the public URL's load balancer would have brought us."""
    async with asyncio.timeout(_CONNECT_TIMEOUT_S):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return await connect_first([(family, address) for family, *_, address in found])
