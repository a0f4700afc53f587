import pytest

from gateway.errors import LocalStateError
from gateway.sandbox.lifecycle import TRANSITIONS, Cause, Status, follow


def test_every_state_has_a_row() -> None:
    """No state a session can be in is unknown to the table."""
    assert set(TRANSITIONS) == set(Status)


def test_a_session_goes_through_all_five_states() -> None:
    """The order of the documents' table."""
    status, seen = Status.CREATED, ["created"]
    for cause in (Cause.SOCKET_OPENED, Cause.AUDIO_HEARD, Cause.END_ASKED, Cause.FINALIZED):
        status = follow(status, cause)
        seen.append(status)

    assert seen == ["created", "connecting", "active", "ending", "ended"]


@pytest.mark.parametrize("status", [Status.CREATED, Status.CONNECTING, Status.ACTIVE])
def test_any_open_session_can_be_ended(status: Status) -> None:
    """Also one that nobody ever connected to."""
    assert follow(status, Cause.END_ASKED) is Status.ENDING


@pytest.mark.parametrize("cause", list(Cause))
def test_nothing_happens_to_an_ended_session(cause: Cause) -> None:
    """A step out of `ended` is a bug of ours."""
    with pytest.raises(LocalStateError, match="ended"):
        follow(Status.ENDED, cause)
