import pytest

from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.plans import RecordingPlan, SessionPlan
from gateway.sandbox.session import Session


def session() -> Session:
    plan = SessionPlan("bidirectional_translation", "de", "en")
    return Session("sess_1", plan, 1000, Journal(keep_audio=True))


def test_billing_runs_from_the_first_audio_to_the_end() -> None:
    """Waiting for audio costs nothing, nor does the time after the end."""
    it = session()
    it.opened()
    assert it.duration_ms(5000) == 0

    it.heard(6000)
    it.heard(7000)
    assert (it.status, it.started_ms, it.duration_ms(8000)) == (Status.ACTIVE, 6000, 2000)

    it.ending()
    it.ended(9000)
    assert (it.status, it.ended_ms, it.duration_ms(99_000)) == (Status.ENDED, 9000, 3000)


def test_a_session_that_nobody_spoke_in_lasted_no_time() -> None:
    """Ended straight after its creation: nothing is billed."""
    it = session()
    it.ending()
    it.ended(9000)

    assert (it.started_ms, it.duration_ms(99_000)) == (None, 0)


def test_a_turn_carries_the_language_its_speaker_was_said_to_speak() -> None:
    """The sandbox detects nothing."""
    it = session()

    assert it.said("agent", "[1.0 s of speech]", 2000).language == "en"
    assert [turn.text for turn in it.transcript.turns] == ["[1.0 s of speech]"]


def test_a_session_remembers_when_it_was_left() -> None:
    """Until somebody comes back."""
    it = session()
    it.opened()
    it.left(5000)
    assert (it.times.left_ms, it.times.active_ms) == (5000, 5000)
    it.opened()

    assert it.times.left_ms is None


@pytest.mark.parametrize(
    ("mode", "usage"),
    [
        pytest.param("bidirectional_translation", {"session": 60, "translation": 60, "ai_agent": 0}, id="translation"),
        pytest.param("ai_agent", {"session": 60, "translation": 0, "ai_agent": 60}, id="agent"),
    ],
)
def test_what_is_billed_follows_the_mode(mode: str, usage: dict[str, int]) -> None:
    """Session time always; translation or agent minutes beside it."""
    it = Session("sess_1", SessionPlan(mode), 1000, Journal(keep_audio=False))
    it.opened()
    it.heard(10_000)

    assert it.usage_ms(70_000) == {name: 1000 * seconds for name, seconds in usage.items()}


def test_only_a_session_that_is_to_be_recorded_has_a_tape() -> None:
    """Audio is not stored unless somebody asked for it."""
    plan = SessionPlan("ai_agent", recording=RecordingPlan(consent_required=True))
    recorded = Session("sess_1", plan, 0, Journal(keep_audio=False))

    assert (session().tape, session().consent, session().consent_required) == (None, "not_required", False)
    assert recorded.tape is not None
    assert (recorded.consent, recorded.consent_required) == ("pending", True)
