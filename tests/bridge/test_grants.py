from collections.abc import AsyncIterator

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.bridge.grants import Grants, granted
from gateway.calls import SessionId
from gateway.errors import KallglotError, KallglotUnavailableError
from gateway.kallglot.models import Session as Answer
from gateway.kallglot.models import SessionStatus, StreamGrant
from gateway.store.record import Session
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import SESSION, live, opening
from tests.fakes.clock import UNIX_MS

GRANT = StreamGrant("wss://kallglot.test/connect", "kst_test_1", "2026-03-26T12:00:00Z")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        opened.kallglot.sessions[SESSION.session_id] = "active"
        yield opened


def test_an_answer_s_grant_is_kept_for_the_ledger() -> None:
    answer = Answer(SessionId("sess_1"), SessionStatus.CREATED, GRANT)
    assert granted(answer, UNIX_MS) == Session(SessionId("sess_1"), GRANT.url, GRANT.token, 1_774_526_400_000)


@pytest.mark.parametrize("expires_at", [None, "soon"], ids=["left out", "illegible"])
def test_a_token_that_does_not_say_lives_five_minutes(expires_at: str | None) -> None:
    """As the documents say."""
    answer = Answer(SessionId("sess_1"), SessionStatus.CREATED, structs.replace(GRANT, expires_at=expires_at))
    session = granted(answer, UNIX_MS)
    assert session is not None
    assert session.token_expires_ms == UNIX_MS + 300_000


@pytest.mark.parametrize(
    "answer",
    [Answer(SessionId("sess_1"), SessionStatus.ENDED, GRANT), Answer(SessionId("sess_1"), SessionStatus.ACTIVE)],
    ids=["ended", "no stream"],
)
def test_a_session_without_a_stream_grants_nothing(answer: Answer) -> None:
    assert granted(answer, UNIX_MS) is None


async def test_a_call_gets_one_session_however_often_it_asks(desk: Desk) -> None:
    """The first answer may have been lost on its way."""
    with capture_logs() as lines:
        first, again = [await Grants(desk.office).create(opening()) for _ in range(2)]
    assert first.session_id == again.session_id
    assert first.stream_url.startswith("wss://kallglot.test/")
    assert [(line["event"], line["session_id"]) for line in lines] == [("session_created", first.session_id)] * 2
    assert desk.value("gateway_setup_stage_seconds_count", stage="session_create") == 2


async def test_a_session_that_is_refused_is_counted_and_told(desk: Desk) -> None:
    """With Kallglot's word for it, and the route that asked."""
    desk.kallglot.statuses["create"], desk.kallglot.code = 402, "insufficient_api_credits"
    with capture_logs() as lines, pytest.raises(KallglotError):
        await Grants(desk.office).create(opening())
    assert [(line["event"], line["route"], line["code"]) for line in lines] == [
        ("session_not_created", "support", "insufficient_api_credits")
    ]
    assert desk.value("gateway_kallglot_errors_total", code="insufficient_api_credits") == 1
    assert desk.value("gateway_setup_stage_seconds_count", stage="session_create") == 0


async def test_a_token_that_is_good_is_used(desk: Desk) -> None:
    """Kallglot is not asked for each call's stream."""
    assert await Grants(desk.office).find(live(), fresh=False) == SESSION
    assert desk.kallglot.asked == []


@pytest.mark.parametrize("left_ms", [2_000, 0, -1], ids=["nearly out", "out", "long out"])
async def test_a_token_that_has_run_out_is_renewed(desk: Desk, left_ms: int) -> None:
    """Two seconds before its end it may be refused already, by a clock ahead of ours."""
    old = structs.replace(SESSION, token_expires_ms=desk.clock.unix_ms() + left_ms)
    session = await Grants(desk.office).find(live(session=old), fresh=False)
    assert session is not None
    assert (session.session_id, session.token) == (SESSION.session_id, "kst_test_1")
    assert session.token_expires_ms == desk.clock.unix_ms() + 300_000


async def test_a_token_that_was_refused_is_renewed(desk: Desk) -> None:
    """Although its time is not over."""
    await Grants(desk.office).find(live(), fresh=True)
    assert desk.kallglot.asked == [("get", SESSION.session_id)]


async def test_a_session_that_has_ended_grants_nothing(desk: Desk) -> None:
    desk.kallglot.sessions[SESSION.session_id] = "ended"
    assert await Grants(desk.office).find(live(), fresh=True) is None


@pytest.mark.parametrize("status", ["created", "connecting", "active"])
async def test_a_session_that_goes_on_without_a_stream_has_not_ended(desk: Desk, status: str) -> None:
    """Else its caller would be hung up on without a word, and the call's log would say that nobody was at fault."""
    desk.kallglot.sessions[SESSION.session_id] = status
    desk.kallglot.has_streams = False
    with pytest.raises(KallglotError, match=f"{status}, without a stream"):
        await Grants(desk.office).find(live(), fresh=True)


@pytest.mark.parametrize("status", ["ending", "archived"])
async def test_any_other_session_without_a_stream_has(desk: Desk, status: str) -> None:
    """Ended in all but name, or in a word that the documents do not have."""
    desk.kallglot.sessions[SESSION.session_id] = status
    desk.kallglot.has_streams = False
    assert await Grants(desk.office).find(live(), fresh=True) is None


async def test_a_call_without_a_session_has_no_grant(desk: Desk) -> None:
    assert await Grants(desk.office).find(opening(), fresh=True) is None
    assert desk.kallglot.asked == []


@pytest.mark.parametrize(("status", "error"), [(503, KallglotUnavailableError), (404, KallglotError)])
async def test_a_kallglot_that_does_not_say_is_no_end(desk: Desk, status: int, error: type[Exception]) -> None:
    """Whoever asks decides whether to ask again."""
    desk.kallglot.statuses["get"] = status
    with pytest.raises(error):
        await Grants(desk.office).find(live(), fresh=True)
