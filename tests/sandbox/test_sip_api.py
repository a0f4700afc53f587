from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.sandbox.options import Timing
from tests.sandbox.clients import Desk, desk, until

SIP = {"type": "sip", "sip": {"from_uri": "sip:alice@example.com", "headers": {"X-Tenant": "acme"}}}
BOB = {"to": "sip:bob@example.com"}


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute", timing=Timing(ringing_s=0)) as opened:
        yield opened


async def dial(it: Desk, session: Any, body: object = BOB, **more: Any) -> Any:
    return await it.http.post(f"/sessions/{session['id']}/dial", json=body, **more)


async def test_a_dialled_party_rings_answers_and_is_hung_up(it: Desk) -> None:
    """The session shows the leg, which says that it is simulated."""
    session = await it.create(routing=SIP)
    dialled = await dial(it, session)
    leg = it.sandbox.state.sessions[session["id"]].leg
    assert leg is not None
    await until(lambda: leg.state == "answered")
    linked = (await it.http.get(f"/sessions/{session['id']}")).json()["call"]
    hung_up = await it.http.post(f"/sessions/{session['id']}/hangup")

    assert (session["provider"], session["call"]) == ("sip", None)
    assert (dialled.status_code, dialled.json()["status"]) == (201, "ringing")
    assert (linked["id"], linked["status"], linked["metadata"]) == (leg.id, "answered", {"simulated": True})
    assert (linked["from_uri"], linked["headers"]) == ("sip:alice@example.com", {"X-Tenant": "acme"})
    assert (hung_up.status_code, hung_up.json()["status"]) == (200, "ended")


async def test_a_party_that_is_not_reached_is_502(it: Desk) -> None:
    """And the next may be dialled."""
    session = await it.create(routing={"type": "sip"})
    busy = await dial(it, session, {"to": "sip:busy@example.com"})
    good = await dial(it, session)

    assert (busy.status_code, busy.json()["error"]["code"]) == (502, "sip_dial_failed")
    assert "486 Busy Here" in busy.json()["error"]["message"]
    assert (good.status_code, good.json()["from_uri"]) == (201, None)


async def test_one_leg_at_a_time(it: Desk) -> None:
    """409 while the first goes on; after a hang-up the next may be dialled."""
    session = await it.create(routing=SIP)
    await dial(it, session)
    second = await dial(it, session)
    await it.http.post(f"/sessions/{session['id']}/hangup")
    third = await dial(it, session)

    assert (second.status_code, second.json()["error"]["code"]) == (409, "call_in_progress")
    assert third.status_code == 201


async def test_only_a_session_with_sip_routing_dials(it: Desk) -> None:
    """And only before its end."""
    plain, over = await it.create(), await it.create(routing=SIP)
    await it.http.post(f"/sessions/{over['id']}/end")
    answers = [await dial(it, session) for session in (plain, over)]

    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [
        (409, "session_not_sip"),
        (409, "session_ended"),
    ]


async def test_ending_the_session_hangs_up(it: Desk) -> None:
    """Ending disconnects calls; there is nothing left to hang up."""
    session = await it.create(routing=SIP)
    await dial(it, session)
    await it.http.post(f"/sessions/{session['id']}/end")
    call = (await it.http.get(f"/sessions/{session['id']}")).json()["call"]
    again = await it.http.post(f"/sessions/{session['id']}/hangup")

    assert call["status"] == "ended"
    assert (again.status_code, again.json()["error"]["code"]) == (409, "no_active_call")


async def test_a_dial_heeds_the_idempotency_key_and_a_hang_up_does_not(it: Desk) -> None:
    """As the idempotency page says."""
    session = await it.create(routing=SIP)
    key = {"Idempotency-Key": "dial-1"}
    first, second = await dial(it, session, headers=key), await dial(it, session, headers=key)
    hang_ups = [await it.http.post(f"/sessions/{session['id']}/hangup", headers=key) for _ in range(2)]

    assert (first.status_code, first.content) == (201, second.content)
    assert [answer.status_code for answer in hang_ups] == [200, 409]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({}, "to", id="nobody"),
        pytest.param({"to": "bob"}, "to", id="no uri"),
        pytest.param({"to": "sip:bob@b.c", "from_uri": "alice"}, "from_uri", id="from"),
        pytest.param({"to": "sip:bob@b.c", "headers": {"From": "x"}}, "headers", id="header"),
    ],
)
async def test_a_dial_that_makes_no_sense_is_422(it: Desk, body: object, param: str) -> None:
    """Naming the field."""
    answer = await dial(it, await it.create(routing=SIP), body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (422, param)
