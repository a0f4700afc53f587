"""A call that is really understood, translated and answered: for whoever has installed the extra `speech`."""

from pathlib import Path

import pytest

from gateway.calls import Carrier
from gateway.sandbox.speech.outfit import find_outfit
from gateway.sandbox.speech.packages import RECOGNISER, is_installed, packaged_model
from gateway.sandbox.speech.translate import MODES, find_mode
from gateway.simulator.call import place_call
from tests.e2e.calls import assert_well, is_settled, only_session
from tests.fakes.until import until
from tests.fakes.world import open_world
from tests.sandbox.speech.recordings import SENTENCES, Recorded, word_accuracy

TRANSLATES = find_mode(MODES, "en", "es") is not None
ROUTES = """
[[route]]
name = "speech"
mode = "bidirectional_translation"
source_language = "en"
target_language = "es"
"""

pytestmark = pytest.mark.skipif(
    not is_installed(RECOGNISER) or packaged_model() is None, reason="the extra 'speech' is not installed"
)


@pytest.mark.parametrize("recorded", SENTENCES, ids=lambda recorded: recorded.name)
async def test_a_sentence_said_on_the_phone_is_understood_and_answered(tmp_path: Path, recorded: Recorded) -> None:
    """Nine words of ten stand in the transcript, what they mean in Spanish too, and the caller hears it spoken."""
    sandbox = {"counterpart": "speech", "speech": find_outfit(None, None)}
    async with open_world(tmp_path, routes=ROUTES, sandbox=sandbox) as world:
        plan = world.plan(
            Carrier.TWILIO,
            speech=recorded.path,
            hangup_when_heard_s=1.0,
            hangup_after_s=90.0,
            hangup_on_silence_s=None,
        )
        report = await place_call(plan)

        assert_well(report)
        await until(lambda: is_settled(world))
        turns = only_session(world).transcript.turns
        accuracy = word_accuracy(recorded.words, " ".join(turn.text for turn in turns))
        assert accuracy >= 0.9, turns
        assert report.sound_ms >= 1000
        for turn in turns:
            assert turn.language == "en"
            assert turn.translation is not None
            assert turn.translation.language == "es"
            assert turn.translation.text.startswith("[no translation") is not TRANSLATES, turn.translation.text
