"""Rules of asking Kallglot's REST API, against a peer on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
import pytest
import uvloop

from gateway.calls import SessionId
from gateway.errors import ConfigError, KallglotError, KallglotUnavailableError
from gateway.kallglot.api import ApiPolicy, KallglotApi, Operation, open_http
from gateway.kallglot.backoff import BackoffPolicy
from gateway.kallglot.client import USER_AGENT
from gateway.kallglot.models import SessionStatus
from tests.fakes.resets import resetting_port
from tests.fakes.uncollected import uncollected
from tests.fakes.until import until
from tests.kallglot.rest_peer import Oddity, RestPeer, answer, rest_peer, silent_port
from tests.kallglot.samples import sample

SESSION_ID = SessionId("sess_01HXYZ123456789")
BODY = {"mode": "bidirectional_translation", "routing": {"phone_number": "+14155551234"}}
CREATED = answer(201, sample("rest/session_created.json"))
RETRIEVED = answer(200, sample("rest/session_retrieved.json"))
ENDED = answer(200, sample("rest/session_end.json"))
UNAVAILABLE = answer(503, b"<html>upstream</html>")
CONFLICT = answer(409, b'{"error":{"code":"idempotency_conflict","message":"in progress"}}')

QUICK = ApiPolicy(budget_ms=4000, backoff=BackoffPolicy(first_ms=1))
"""Patient with the machine, hasty with Kallglot."""


@dataclass
class Asking:
    """An API client, whom it asks, and what was observed."""

    api: KallglotApi
    peer: RestPeer
    observed: list[tuple[str, str]]


@asynccontextmanager
async def asking(*script: bytes | Oddity, policy: ApiPolicy = QUICK) -> AsyncIterator[Asking]:
    async with rest_peer(*script) as peer, open_http(peer.base_url, policy) as http:
        observed: list[tuple[str, str]] = []

        def observe(operation: str, status: str, seconds: float) -> None:
            assert seconds >= 0
            observed.append((operation, status))

        yield Asking(KallglotApi(http, policy, "sk_test_1", observe), peer, observed)


async def test_an_answer_that_was_read_is_not_left_to_the_garbage_collector() -> None:
    """Httpx' answer and its stream hold each other: thousands of calls would be looked through for them."""
    with uncollected() as alive:
        answers = alive(httpx.Response)
        async with asking(RETRIEVED) as far:
            assert (await far.api.get(SESSION_ID)).id == SESSION_ID
        assert alive(httpx.Response) == answers


async def test_creates_as_documented() -> None:
    """Kallglot gets the body, the key and the idempotency key; the caller gets the session."""
    async with asking(CREATED) as far:
        session = await far.api.create(BODY, "twilio-CA1")
    assert session.id == SESSION_ID
    assert session.stream is not None
    assert session.stream.token == "kst_live_xxxxxxxxxxxxxxxx"
    [request] = far.peer.received
    assert (request.method, request.path) == ("POST", "/v1/sessions")
    assert request.json() == BODY
    assert request.headers["authorization"] == "Bearer sk_test_1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "twilio-CA1"
    assert request.headers["user-agent"] == USER_AGENT


async def test_retrieves_as_documented() -> None:
    """A session's state and a grant for its stream come back."""
    async with asking(RETRIEVED) as far:
        session = await far.api.get(SESSION_ID)
    assert session.status is SessionStatus.ACTIVE
    assert session.stream is not None
    [request] = far.peer.received
    assert (request.method, request.path, request.body) == ("GET", f"/v1/sessions/{SESSION_ID}", b"")


async def test_ends_as_documented() -> None:
    """The same end, repeated by whomever, carries the same key; it is JSON, as all that is posted has to be."""
    async with asking(ENDED) as far:
        await far.api.end(SESSION_ID)
        await far.api.end(SESSION_ID)
    assert [(request.method, request.path) for request in far.peer.received] == [
        ("POST", f"/v1/sessions/{SESSION_ID}/end")
    ] * 2
    assert {request.headers["idempotency-key"] for request in far.peer.received} == {f"end-{SESSION_ID}"}
    assert {request.headers["content-type"] for request in far.peer.received} == {"application/json"}
    assert {request.body for request in far.peer.received} == {b"{}"}


async def test_a_strange_id_stays_in_its_place() -> None:
    """An id cannot reach another endpoint."""
    async with asking(RETRIEVED) as far:
        await far.api.get(SessionId("../agents?x#y"))
    assert far.peer.received[0].path == "/v1/sessions/..%2Fagents%3Fx%23y"


async def test_a_session_that_is_gone_has_ended() -> None:
    """Nobody has to go on ending a session that Kallglot no longer knows."""
    async with asking(answer(404, b'{"error":{"code":"not_found","message":"No such session"}}')) as far:
        await far.api.end(SESSION_ID)
        with pytest.raises(KallglotError, match="not_found"):
            await far.api.get(SESSION_ID)


@pytest.mark.parametrize(
    "refused", [pytest.param(answer(403, b""), id="403"), pytest.param(answer(404, b"<html>"), id="404 of a proxy's")]
)
async def test_an_end_that_is_refused_is_not_an_end(refused: bytes) -> None:
    """A session whose end was refused is still billed, and whoever ended it is told."""
    async with asking(refused) as far:
        with pytest.raises(KallglotError, match=r"http_40[34]: not an error of Kallglot's"):
            await far.api.end(SESSION_ID)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "idempotency_mismatch"),
        (401, "invalid_api_key"),
        (402, "insufficient_api_credits"),
        (403, "organization_inactive"),
        (404, "ai_agent_not_found"),
        (409, "conflict"),
        (422, "invalid_request"),
    ],
)
async def test_a_refusal_is_final(status: int, code: str) -> None:
    """What a repetition cannot mend is asked once, and Kallglot's own words reach the operator."""
    body = b'{"error":{"type":"t","code":"%b","message":"because","request_id":"req_1"}}' % code.encode()
    async with asking(answer(status, body)) as far:
        with pytest.raises(KallglotError) as caught:
            await far.api.create(BODY, "k")
    error = caught.value
    assert type(error) is KallglotError
    assert (error.status, error.code, error.message, error.request_id) == (status, code, "because", "req_1")
    assert len(far.peer.received) == 1


async def test_a_redirect_is_not_followed() -> None:
    """The API key goes nowhere but where it was configured to go."""
    async with asking(answer(302, b"", location="/elsewhere")) as far:
        with pytest.raises(KallglotError, match="http_302"):
            await far.api.create(BODY, "k")
    assert len(far.peer.received) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html><body>It works!</body></html>", id="html"),
        pytest.param(b'{"object":"list","data":[]}', id="other json"),
        pytest.param(b"", id="nothing"),
        pytest.param(sample("rest/session_overview.json"), id="session without a stream"),
    ],
)
async def test_a_success_that_is_no_session_is_a_failure(body: bytes) -> None:
    """What answered is in the error, so that the log shows it; asking again would create nothing better."""
    async with asking(answer(200, body, x_request_id="req_2")) as far:
        with pytest.raises(KallglotError) as caught:
            await far.api.create(BODY, "k")
    assert (caught.value.code, caught.value.status, caught.value.request_id) == ("unexpected_answer", 200, "req_2")
    assert body[:20].decode().split("\n")[0] in caught.value.message
    assert len(far.peer.received) == 1


async def test_get_and_end_name_unexpected_answers_too() -> None:
    """A proxy's page is no session and no end of one."""
    async with asking(answer(200, b"<html>")) as far:
        for question in (far.api.get, far.api.end):
            with pytest.raises(KallglotError, match=r"unexpected_answer.*<html>.*HTTP 200"):
                await question(SESSION_ID)


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(UNAVAILABLE, id="503"),
        pytest.param(answer(500, b""), id="500"),
        pytest.param(answer(429, sample("rest/error_rate_limit_exceeded.json")), id="429"),
        pytest.param(CONFLICT, id="first request still running"),
        pytest.param(Oddity.RESET, id="reset"),
        pytest.param(Oddity.HANG_UP, id="closed without an answer"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="not http"),
    ],
)
async def test_what_may_pass_is_asked_again(failure: bytes | Oddity) -> None:
    """A blip at Kallglot costs no call; each attempt sends the same bytes under the same key."""
    async with asking(failure, failure, CREATED) as far:
        session = await far.api.create(BODY, "k")
    assert session.id == SESSION_ID
    assert len(far.peer.received) == 3
    assert len({(request.body, request.headers["idempotency-key"]) for request in far.peer.received}) == 1


async def test_gives_up_after_its_attempts() -> None:
    """Four attempts, and the last answer is what the caller is told."""
    async with asking(UNAVAILABLE) as far:
        with pytest.raises(KallglotUnavailableError) as caught:
            await far.api.get(SESSION_ID)
    assert (caught.value.code, caught.value.status) == ("http_503", 503)
    assert len(far.peer.received) == 4


async def test_waits_as_long_as_kallglot_asks() -> None:
    """A rate limit is waited out, not run against."""
    async with asking(answer(429, b"", retry_after="0.2"), CREATED) as far:
        began_s = asyncio.get_running_loop().time()
        await far.api.create(BODY, "k")
        assert asyncio.get_running_loop().time() - began_s >= 0.2
    assert len(far.peer.received) == 2


async def test_does_not_wait_beyond_its_budget() -> None:
    """A caller is not kept waiting for a retry that would come too late."""
    async with asking(answer(429, b"", retry_after="30")) as far:
        async with asyncio.timeout(QUICK.budget_ms / 2000):
            with pytest.raises(KallglotUnavailableError) as caught:
                await far.api.create(BODY, "k")
    assert caught.value.retry_after_s == 30
    assert len(far.peer.received) == 1


async def test_a_silent_attempt_is_cut_and_repeated() -> None:
    """A Kallglot that hangs once is asked again within the budget."""
    policy = ApiPolicy(read_timeout_ms=250, backoff=BackoffPolicy(first_ms=1))
    async with asking(Oddity.HANG, CREATED, policy=policy) as far:
        await far.api.create(BODY, "k")
    assert far.observed == [("create", "error"), ("create", "201")]


async def test_the_budget_bounds_it_all() -> None:
    """A Kallglot that hangs is given up in time for the carrier's answer."""
    async with asking(Oddity.HANG, policy=ApiPolicy(budget_ms=50)) as far:
        with pytest.raises(KallglotUnavailableError, match="timeout: create got no answer within 50 ms"):
            await far.api.create(BODY, "k")
    assert far.observed == [("create", "error")]


async def test_a_kallglot_that_hung_is_asked_when_it_is_well_again() -> None:
    """Many calls ended while it hung: what they gave up together took all connections away with it."""
    policy = ApiPolicy(budget_ms=100, most_at_once=2)
    async with asking(Oddity.HANG, Oddity.HANG, RETRIEVED, policy=policy) as far:

        async def is_well() -> bool:
            with suppress(KallglotUnavailableError):
                return (await far.api.get(SESSION_ID)).id == SESSION_ID
            return False

        # Those two are not answered; whoever is a little behind them may be, in time.
        assert (await asyncio.gather(*(is_well() for _ in range(10)))).count(False) >= 2
        await until(is_well)


async def test_only_so_many_requests_are_under_way() -> None:
    """The others wait for their turn, and get it."""
    policy = ApiPolicy(most_at_once=2)
    async with asking(RETRIEVED, policy=policy) as far:
        await asyncio.gather(*(far.api.get(SESSION_ID) for _ in range(10)))
        assert len(far.peer.received) == 10
        assert len(far.peer.writers) <= 2


async def test_being_cancelled_is_no_timeout() -> None:
    """Whoever gives up on a request is not told that Kallglot did."""
    async with asking(Oddity.HANG) as far:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await far.api.get(SESSION_ID)


async def test_a_refused_connection_is_unavailability() -> None:
    """A Kallglot that is down is named as such, after every attempt."""
    attempts: list[str] = []
    async with silent_port() as port, open_http(f"http://127.0.0.1:{port}/v1", QUICK) as http:
        api = KallglotApi(http, QUICK, "sk_test_1", lambda operation, status, seconds: attempts.append(status))
        with pytest.raises(KallglotUnavailableError, match="unreachable: get: ConnectError"):
            await api.get(SESSION_ID)
    assert attempts == ["error"] * 4


def test_a_connection_that_is_reset_at_once_is_unavailability() -> None:
    """A balancer that restarts does it to all; on the gateway's own event loop it was a bug's traceback, tried once."""

    async def ask_in_vain() -> list[str]:
        observed: list[str] = []
        with resetting_port() as port:
            async with open_http(f"http://127.0.0.1:{port}/v1", QUICK) as http:
                api = KallglotApi(http, QUICK, "sk_test_1", lambda _, status, __: observed.append(status))
                with pytest.raises(KallglotUnavailableError, match="get: "):
                    await api.get(SESSION_ID)
        return observed

    assert uvloop.run(ask_in_vain()) == ["error"] * QUICK.attempts


async def test_every_attempt_is_observed() -> None:
    """Each request shows in the metric with its own status."""
    async with asking(UNAVAILABLE, Oddity.RESET, CREATED, RETRIEVED, ENDED) as far:
        await far.api.create(BODY, "k")
        await far.api.get(SESSION_ID)
        await far.api.end(SESSION_ID)
    assert far.observed == [
        (Operation.CREATE, "503"),
        (Operation.CREATE, "error"),
        (Operation.CREATE, "201"),
        (Operation.GET, "200"),
        (Operation.END, "200"),
    ]


@pytest.mark.parametrize("key", ["", " ", "sk_live_1\n", "sk_live_ü"])
async def test_a_key_that_no_header_can_hold_is_refused_at_once(key: str) -> None:
    """What was copied wrongly is the operator's to mend, and is not repeated in the error."""
    async with open_http("http://127.0.0.1/v1", QUICK) as http:
        with pytest.raises(ConfigError, match=r"kallglot\.api_key must be set") as caught:
            KallglotApi(http, QUICK, key, lambda operation, status, seconds: None)
    assert "sk_live" not in str(caught.value)
