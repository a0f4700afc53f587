from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.plans import SessionPlan
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
