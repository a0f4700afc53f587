from gateway.sandbox.counterparts.base import Setting
from gateway.sandbox.counterparts.roster import ROSTER
from gateway.sandbox.plans import SessionPlan
from tests.sandbox.speech.understanding import FakeUnderstanding


def test_every_session_gets_a_counterpart_of_its_own() -> None:
    """What one caller says is not repeated to another."""
    assert set(ROSTER) == {"parrot", "echo", "tone", "script", "mute", "speech"}
    for make in ROSTER.values():
        setting = Setting(SessionPlan("ai_agent"), understanding=FakeUnderstanding())
        assert make(setting) is not make(setting)
