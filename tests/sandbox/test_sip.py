import pytest

from gateway.errors import LocalStateError
from gateway.sandbox.refusals import Refused
from gateway.sandbox.sip import OUTCOMES, TRANSITIONS, DialRequest, Leg, LegCause, LegState, refuse_unreached


def test_every_state_has_a_row() -> None:
    """And none leads out of the last."""
    assert set(TRANSITIONS) == set(LegState)
    assert not TRANSITIONS[LegState.ENDED]


def test_a_leg_rings_is_answered_and_ends() -> None:
    """And cannot be answered afterwards."""
    leg = Leg("call_01", "sess_1", DialRequest("sip:bob@example.com", headers={"X-A": "b"}))
    states = [leg.state]
    for cause in (LegCause.PICKED_UP, LegCause.HUNG_UP):
        leg.follow(cause)
        states.append(leg.state)

    assert states == [LegState.RINGING, LegState.ANSWERED, LegState.ENDED]
    with pytest.raises(LocalStateError, match="ended cannot take picked_up"):
        leg.follow(LegCause.PICKED_UP)


def test_a_leg_says_that_it_is_simulated() -> None:
    """Nobody's telephone rang."""
    call = Leg("call_01", "sess_1", DialRequest("sip:bob@example.com")).call()

    assert (call.object, call.provider, call.metadata) == ("call", "sip", {"simulated": True})
    assert call.sip_call_id == "01@sip.kallglot.com"


@pytest.mark.parametrize("user", list(OUTCOMES))
def test_some_users_are_never_reached(user: str) -> None:
    """502, with what SIP would say."""
    with pytest.raises(Refused, match=str(OUTCOMES[user][0])) as caught:
        refuse_unreached(f"sip:{user}@example.com")

    assert (caught.value.status, caught.value.code) == (502, "sip_dial_failed")


@pytest.mark.parametrize("to", ["sip:bob@example.com", "sips:bob.busy@example.com", "+14155551234"])
def test_everybody_else_picks_up(to: str) -> None:
    """Numbers too."""
    refuse_unreached(to)
