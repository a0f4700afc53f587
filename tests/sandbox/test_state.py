import secrets

import pytest

from gateway.sandbox.plans import SessionPlan
from gateway.sandbox.refusals import Refused
from gateway.sandbox.state import SandboxState


def state(credits_allowed: int = 10) -> SandboxState:
    return SandboxState(secrets.token_bytes, keep_audio=True, credits_allowed=credits_allowed)


def test_a_session_can_be_found_by_its_id() -> None:
    """And no other."""
    it = state()
    session = it.create(SessionPlan("ai_agent"), 1000)

    assert it.find(session.id) is session
    with pytest.raises(Refused) as caught:
        it.find("sess_0")
    assert (caught.value.status, caught.value.code) == (404, "session_not_found")


def test_a_session_costs_a_credit() -> None:
    """The one that could not be paid for does not exist."""
    it = state(credits_allowed=1)
    it.create(SessionPlan("ai_agent"), 1000)
    with pytest.raises(Refused) as caught:
        it.create(SessionPlan("ai_agent"), 1000)

    assert caught.value.status == 402
    assert (len(it.sessions), it.credits.used) == (1, 1)


def test_a_token_opens_the_session_it_was_issued_for() -> None:
    """And only that one."""
    it = state()
    ours, theirs = it.create(SessionPlan("ai_agent"), 1000), it.create(SessionPlan("ai_agent"), 1000)
    token = it.issue_token(ours, 1000, live=True)

    assert token.value.startswith("kst_live_")
    assert ours.tokens.check(token.value, 2000) is None
    assert theirs.tokens.check(token.value, 2000) is not None
