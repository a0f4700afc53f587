import pytest

from gateway.sandbox.plans import Participant, SessionPlan
from gateway.sandbox.speech.tasks import target_language


@pytest.mark.parametrize(
    ("plan", "speaker", "target"),
    [
        pytest.param(SessionPlan("bidirectional_translation", "en", "es"), "customer", "es", id="customer"),
        pytest.param(SessionPlan("bidirectional_translation", "en", "es"), "agent", "en", id="agent"),
        pytest.param(SessionPlan("assistive_translation", "en", "es"), "customer", "es", id="assistive"),
        pytest.param(SessionPlan("bidirectional_translation", "en"), "customer", None, id="nobody said into what"),
        pytest.param(SessionPlan("ai_agent", "en", "es"), "customer", None, id="no translation in this mode"),
        pytest.param(
            SessionPlan("bidirectional_translation", participants=[Participant("agent", "fr")]),
            "customer",
            "fr",
            id="participants",
        ),
    ],
)
def test_a_turn_is_translated_for_whoever_hears_it(plan: SessionPlan, speaker: str, target: str | None) -> None:
    """Into the other party's language, where the session translates at all."""
    assert target_language(plan, speaker) == target
