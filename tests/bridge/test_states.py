import pytest

from gateway.bridge.states import TRANSITIONS, Cause, State, next_state
from gateway.errors import LocalStateError

OPEN = [state for state in State if state is not State.CLOSED]


def test_every_state_has_a_row() -> None:
    assert set(TRANSITIONS) == set(State)


def test_every_state_is_reached_from_the_first() -> None:
    """A state that no call can come to is none."""
    reached = {State.OPENING}
    for _ in State:
        reached |= {state for known in reached for state in TRANSITIONS[known].values()}
    assert reached == set(State)


@pytest.mark.parametrize("state", OPEN)
@pytest.mark.parametrize("cause", [Cause.MEDIA_ENDED, Cause.SESSION_FAILED, Cause.OUT_OF_TIME, Cause.GIVEN_UP])
def test_every_call_can_be_ended(state: State, cause: Cause) -> None:
    """By the carrier, by Kallglot, by time and by us, wherever it stands."""
    assert next_state(state, cause) is State.CLOSED


@pytest.mark.parametrize("state", [s for s in OPEN if s is not State.PLAYING_OUT])
def test_every_call_notices_the_end_of_its_session(state: State) -> None:
    assert next_state(state, Cause.SESSION_ENDED) in {State.PLAYING_OUT, State.CLOSED}


def test_nothing_leads_out_of_closed() -> None:
    assert not TRANSITIONS[State.CLOSED]


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_means_something_somewhere(cause: Cause) -> None:
    assert any(cause in row for row in TRANSITIONS.values())


def test_a_step_that_the_table_lacks_is_a_bug_of_ours() -> None:
    with pytest.raises(LocalStateError, match="played_out means nothing while streaming"):
        next_state(State.STREAMING, Cause.PLAYED_OUT)
