import pytest

from gateway.calls import Say
from gateway.routing.routes import SORRY, Mode, Parting, Route, ToAnything, gone


@pytest.mark.parametrize(
    ("mode", "converses"),
    [
        (Mode.BIDIRECTIONAL_TRANSLATION, False),
        (Mode.ASSISTIVE_TRANSLATION, False),
        (Mode.AI_AGENT, True),
        (Mode.HELP_CHAT_VOICE, True),
    ],
)
def test_machines_converse_and_translators_do_not(mode: Mode, *, converses: bool) -> None:
    """Who talks over another person's translated words should still hear them."""
    assert mode.converses is converses


def test_a_route_of_name_and_mode_answers_anything_and_never_leaves_silence() -> None:
    """The least an operator can write."""
    route = Route(name="all", mode=Mode.AI_AGENT)

    assert route.match == ToAnything()
    assert route.on_failure == Parting(Say("Please try again later."))
    assert route.after == Parting()


def test_calls_of_a_route_that_is_gone_are_not_left_in_silence() -> None:
    """Its words went with it."""
    assert gone("support").name == "support"
    assert gone("support").on_failure == SORRY
    assert gone("support").after == Parting()
