from tests.benchmarks.carrier import CarrierCall
from tests.benchmarks.crowd import Pair, too_few
from tests.benchmarks.far_end import Session
from tests.benchmarks.tally import FRAME_BYTES, OUTPUT_BYTES
from tests.benchmarks.ticker import Ticker
from tests.benchmarks.voices import Sound, voice


def call(*, checked: bool, heard: int, played: int) -> Pair:
    """Ten seconds of one: 500 frames were sent, and 100 outputs."""
    pair = Pair(CarrierCall(0, voice(Sound.ULAW), Ticker()), Session(0), checked)
    pair.caller.frames = 500
    for _ in range(100):
        pair.session.said.add(bytes(OUTPUT_BYTES))
    for _ in range(heard):
        pair.session.heard.add(bytes(5 * FRAME_BYTES))
    for _ in range(played):
        pair.caller.heard.add(bytes(OUTPUT_BYTES))
    return pair


def test_calls_that_were_only_counted_have_to_have_as_many_messages_as_their_audio_needs() -> None:
    """The size of a message is known from those that were checked; half a second may still be under way."""
    checked = call(checked=True, heard=100, played=100)
    assert too_few([checked, call(checked=False, heard=100, played=100)]) == []
    assert too_few([checked, call(checked=False, heard=96, played=96)]) == []
    assert len(too_few([checked, call(checked=False, heard=90, played=100)])) == 1
    assert len(too_few([checked, call(checked=False, heard=100, played=90)])) == 1


def test_silence_that_stood_in_for_late_frames_is_no_loss_of_others() -> None:
    """A call that was checked got more messages than its frames fill, all of them as large as any."""
    more = call(checked=True, heard=120, played=100)
    assert too_few([more, call(checked=False, heard=100, played=100)]) == []
