from msgspec import structs

from gateway.bridge.snapshot import of_past
from tests.store.past_calls import BEGAN_MS, past_call


def test_a_past_call_is_told_as_it_was_left() -> None:
    call = of_past(past_call(), BEGAN_MS + 99_000)
    assert (call.state, call.seconds, call.frames_in, call.resumed) == ("over", 9.0, 450, 1)
    assert call.said is not None
    assert call.said.mos == 4.41
    assert call.heard is not None
    assert call.heard.level_dbov == -127


def test_a_call_whose_caller_may_come_back_goes_on() -> None:
    call = of_past(structs.replace(past_call(), ended_ms=0, end_reason=None), BEGAN_MS + 99_000)
    assert (call.state, call.seconds) == ("away", 99.0)


def test_what_was_not_followed_is_not_made_up() -> None:
    call = of_past(structs.replace(past_call(), health=None), BEGAN_MS)
    assert (call.heard, call.said) == (None, None)
