import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec import structs
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gateway.bridge.events import Event, SessionEnded, SessionFailed, SessionReady, StreamLost
from gateway.bridge.opener import StreamOpener
from gateway.bridge.surroundings import BridgePolicy, Surroundings
from gateway.bridge.wheel import Wheel
from gateway.calls import EndReason
from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.messages import PING, SESSION_END
from gateway.store.record import CallRecord, Session
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.metrics import Metrics
from tests.bridge.far_end import Ears, FarEnd, far_end
from tests.bridge.records import SESSION, live
from tests.fakes.clock import FakeClock
from tests.fakes.until import until
from tests.kallglot.rest_peer import silent_port
from tests.kallglot.samples import sample

READY = sample("stream/session_ready.json")


class Way:
    """An opener, where it finds its session, and whom it tells."""

    def __init__(self, tasks: asyncio.TaskGroup, *answers: Session | Exception | None) -> None:
        self.answers = itertools.chain(answers, itertools.repeat(answers[-1]))
        self.asked: list[bool] = []
        self.ears = Ears()
        self.registry = CollectorRegistry()
        self.clock = FakeClock()
        metrics = Metrics(self.registry, lambda: ())
        around = Surroundings(self.clock, Wheel(self.clock), metrics, BridgePolicy(), jitter=lambda: 0.5)
        self.opener = StreamOpener(live(), self.find, self.ears, CallCounts(), around)
        self.opener.tasks = tasks

    async def find(self, record: CallRecord, fresh: bool) -> Session | None:
        assert record == live()
        self.asked.append(fresh)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def told(self, count: int = 1) -> list[Event]:
        """The events, once there are so many."""
        await until(lambda: len(self.ears.events) >= count)
        return self.ears.events

    def refusals(self) -> float | None:
        """How many calls Kallglot has failed by refusing their stream."""
        return self.registry.get_sample_value("gateway_kallglot_errors_total", {"code": "stream_refused"})


@asynccontextmanager
async def way(*answers: Session | Exception | None) -> AsyncIterator[Way]:
    async with asyncio.TaskGroup() as tasks:
        opened = Way(tasks, *answers)
        yield opened
        opened.opener.cancel()
        opened.opener.close(end_session=False)


@asynccontextmanager
async def way_to(there: FarEnd) -> AsyncIterator[Way]:
    """A way to a far end that takes streams, not yet gone."""
    async with way(_at(there)) as opened:
        yield opened


def _at(there: FarEnd) -> Session:
    return structs.replace(SESSION, stream_url=there.url)


async def _opened(way: Way, there: FarEnd) -> None:
    way.opener.open(0)
    await until(lambda: bool(there.streams))
    await until(lambda: way.opener.next_deadline_ms() is not None)


async def test_a_stream_is_opened_with_the_session_s_token() -> None:
    """And takes audio once Kallglot says so."""
    async with far_end() as there, way_to(there) as here:
        await _opened(here, there)
        assert there.paths == [f"/v1/sessions/sess_1/connect?token={SESSION.token}"]
        assert not here.opener.takes_audio
        await there.say(READY)
        assert await here.told() == [SessionReady()]
        assert here.opener.takes_audio
        assert here.asked == [False]
        assert here.registry.get_sample_value("gateway_kallglot_stream_connect_seconds_count") == 1


async def test_what_is_sent_goes_to_the_stream_that_is_open() -> None:
    async with far_end() as there, way_to(there) as here:
        await _opened(here, there)
        here.opener.send([b"{}"])
        here.opener.tick(here.clock.advance(20_000))
        here.opener.close(end_session=True)
        await there.heard(b"{}", PING, SESSION_END)


async def test_a_session_that_has_ended_ends_the_call() -> None:
    """Kallglot says so when it is asked for a token."""
    async with way(None) as here:
        here.ears.unheard_ms = 700
        here.opener.open(0)
        assert await here.told() == [SessionEnded(700)]


async def test_a_kallglot_that_is_away_is_a_lost_stream() -> None:
    """Whether it is asked for a token or for the stream: the brain decides how often to try."""
    async with silent_port() as port:
        nobody = structs.replace(SESSION, stream_url=f"ws://127.0.0.1:{port}/connect")
        async with way(KallglotUnavailableError("timeout", "no answer"), nobody) as here:
            here.opener.open(0)
            await here.told(1)
            here.opener.open(1)
            events = await here.told(2)
    assert [type(event) for event in events] == [StreamLost, StreamLost]
    assert here.asked == [False, False]


async def test_a_token_that_is_refused_is_renewed_once() -> None:
    """Refused again, it is the session that Kallglot refuses: operators are told, and in Kallglot's own words."""
    async with way(KallglotError("stream_refused", "no", status=401, request_id="req_1")) as here:
        here.opener.open(0)
        await here.told(1)
        assert here.refusals() == 0
        with capture_logs() as lines:
            here.opener.open(0)
            events = await here.told(2)
    assert here.asked == [False, True]
    assert isinstance(events[0], StreamLost)
    assert events[1] == SessionFailed(EndReason.SESSION_REFUSED, "stream_refused")
    assert here.refusals() == 1
    [line] = lines
    assert (line["event"], line["call_id"]) == ("stream_refused", live().call_id)
    assert (line["status"], line["detail"], line["request_id"]) == (401, "no", "req_1")


async def test_a_stream_that_opened_forgives_an_earlier_refusal() -> None:
    """The next token is asked for only when it is needed."""
    async with far_end() as there, way(KallglotError("stream_refused", "no", status=401), _at(there)) as here:
        here.opener.open(0)
        await here.told(1)
        await _opened(here, there)
        here.opener.open(0)
        await until(lambda: len(here.asked) == 3)
        await until(lambda: here.opener.next_deadline_ms() is not None)
    assert here.asked == [False, True, False]


async def test_a_stream_that_is_lost_is_no_way_any_more() -> None:
    """From the moment in which another is to be opened, nothing is sent into the old one."""
    async with far_end() as there, way_to(there) as here:
        await _opened(here, there)
        await there.streams[0].close()
        await here.told()
        here.opener.open(60_000)
        here.opener.send([b"{}"])
        assert not here.opener.takes_audio
        assert here.opener.next_deadline_ms() is None
    assert there.received == []


async def test_an_attempt_can_be_given_up() -> None:
    """A call that is over does not wait for its next attempt."""
    async with way(SESSION) as here:
        here.opener.open(60_000)
    assert here.asked == []


async def test_without_a_stream_there_is_nothing_to_do() -> None:
    async with way(None) as here:
        here.opener.cancel()
        here.opener.send([b"{}"])
        here.opener.tick(10**9)
        here.opener.close(end_session=True)
        assert here.opener.next_deadline_ms() is None
        assert not here.opener.takes_audio


async def test_attempts_are_ever_further_apart() -> None:
    """With jitter, so that the calls of a replica do not all come back at once; here half of the most."""
    async with way(None) as here:
        assert list(itertools.islice(here.opener.delays_ms(), 6)) == [100, 200, 400, 800, 1_000, 1_000]


async def test_streams_are_opened_only_while_the_call_runs() -> None:
    async with way(None) as here:
        here.opener.tasks = None
        with pytest.raises(AssertionError, match="while the call runs"):
            here.opener.open(0)
