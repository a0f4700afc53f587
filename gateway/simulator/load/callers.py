"""Places the calls of one process and follows each to its end: one task a call."""

import asyncio
import socket
from collections.abc import Callable, Mapping

import httpx
from picows import WSError, WSHandshakeError, WSInvalidStatusError, ws_connect

from gateway.calls import Carrier
from gateway.clock import Clock
from gateway.simulator.addresses import Addresses
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
from gateway.simulator.sockets import CONGESTED_BYTES, failure_of, may_dial
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
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._ticker = ticker
        self._http = http
        self._clock = clock
        self._hang_up = hang_up
        """Whether everybody is to hang up now."""
        self._addresses = Addresses(plan.gateway_url, plan.public_url)

    async def call(self, arrival: Arrival) -> None:
        """One call, from its first webhook to its last callback."""
        plan = self._plan.call(arrival, self._plan.carrier_of(arrival.number), hangs_up_now=self._hang_up)
        leg, carrier = leg_of(plan)
        now_ms = self._clock.now_ms()
        report = CallReport(Carrier(plan.carrier), leg.call_id, plan.codec)
        log = Logbook(report, None, now_ms=now_ms)
        line = Line(plan, Caller(plan.script(0), now_ms=now_ms), Heard(), log, self._clock)
        webhooks = Webhooks(self._http, self._addresses, carrier, log, self._clock, {})
        lines = _Lines(self._addresses, line, arrival.number, self._tally, self._ticker)
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
        counts[Count.COMPLAINTS] += len(report.complaints)
        if report.media_connected_ms is None:
            counts[Count.REFUSED] += 1
        elif report.ended_by is EndedBy.CALLER:
            counts[Count.COMPLETED] += 1
        else:
            counts[Count.LOST] += 1
        if report.ended_by is not EndedBy.CALLER or report.media_connected_ms is None:
            self._tally.reasons[_reason(report)] += 1
        spreads = self._tally.spreads
        if report.first_audio_ms is not None:
            counts[Count.HEARD] += 1
            spreads[Figure.FIRST_AUDIO].add(report.first_audio_ms)


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

    def __init__(self, addresses: Addresses, line: Line, number: int, tally: Tally, ticker: Ticker) -> None:
        self._addresses = addresses
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
        failure = await _connect(talk, self._addresses, terms.url, headers)
        if failure is not None:
            return failure
        if not report.streams:
            self._tally.counts[Count.CONNECTED] += 1
            self._tally.spreads[Figure.WEBHOOK].add(report.webhook_ms or 0)
            self._tally.spreads[Figure.SETUP].add(self._line.log.since_start(self._line.clock.now_ms()))
        return talk


async def _connect(
    talk: LoadTalk, addresses: Addresses, url: str, headers: Mapping[str, str]
) -> tuple[DialFailure, int] | None:
    if not may_dial(addresses, url):
        return DialFailure.SCHEME, 0
    try:
        address = addresses.socket(url)

        async def connected(_: object) -> socket.socket:
            return await _open_socket(address.host, address.port)

        transport, _ = await ws_connect(
            lambda: talk,
            address.uri,
            extra_headers=headers,
            max_redirects=0,
            websocket_handshake_timeout=_CONNECT_TIMEOUT_S,
            socket_factory=connected,
        )
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


async def _open_socket(host: str, port: int) -> socket.socket:
    """Connected to where the public URL's load balancer would have brought us."""
    loop = asyncio.get_running_loop()
    [found, *_] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    opened = socket.socket(found[0], socket.SOCK_STREAM)
    try:
        opened.setblocking(False)  # noqa: FBT003 - the standard library's signature
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            await loop.sock_connect(opened, found[4])
    except BaseException:
        opened.close()
        raise
    return opened
