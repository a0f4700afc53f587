import pytest

from gateway.simulator.caller import Caller, Frame, Key, Script
from gateway.simulator.speech import Track

TRACK = Track((b"one", b"two", b"three"), silence=b"-")


def _listened(script: Script | None = None, now_ms: int = 1000) -> Caller:
    caller = Caller(script or Script(speech_ms=60), now_ms=0)
    caller.listened_to(TRACK, now_ms)
    return caller


def test_speaks_a_frame_each_twenty_milliseconds_then_is_silent() -> None:
    """A frame leaves when it has been spoken, and silence follows the speech."""
    caller = _listened()
    assert caller.due(1019) == []
    assert caller.due(1020) == [Frame(0, 1020, b"one")]
    assert caller.next_deadline_ms() == 1040
    assert caller.due(1080) == [Frame(1, 1040, b"two"), Frame(2, 1060, b"three"), Frame(3, 1080, b"-", silent=True)]


def test_lateness_never_adds_up() -> None:
    """A loop that wakes 7 ms late each time has sent exactly as many frames after two seconds."""
    caller = _listened()
    frames = [due for now_ms in range(1000, 3001, 27) for due in caller.due(now_ms)] + caller.due(3000)
    assert [frame.at_ms for frame in frames] == list(range(1020, 3001, 20))


def test_what_is_said_while_nobody_listens_is_lost() -> None:
    """A stream that comes back hears the caller go on in real time, not where the last one stopped."""
    caller = _listened()
    caller.due(1020)
    caller.listened_to(TRACK, 1045)
    assert caller.due(1060) == [Frame(2, 1060, b"three")]


def test_a_stream_that_comes_back_early_repeats_nothing() -> None:
    """What has been sent is not said again."""
    caller = _listened()
    caller.due(1060)
    caller.listened_to(TRACK, 1060)
    assert caller.due(1080) == [Frame(3, 1080, b"-", silent=True)]


def test_presses_keys_at_their_time() -> None:
    """A digit goes out between the frames around it, also when the loop was late."""
    caller = _listened(Script(keys=((30, "1"), (45, "#"))))
    assert caller.due(1030) == [Frame(0, 1020, b"one"), Key(1030, "1")]
    assert caller.due(1060) == [Frame(1, 1040, b"two"), Key(1045, "#"), Frame(2, 1060, b"three")]
    assert [type(due) for due in caller.due(1080)] == [Frame]


def test_hangs_up_after_a_time() -> None:
    """The time counts from the first stream; before there is one, from the call."""
    caller = Caller(Script(hangup_after_ms=500), now_ms=0)
    assert caller.patience_ms(200) == 300
    assert caller.hangs_up(500)
    caller.listened_to(TRACK, 400)
    assert not caller.hangs_up(899)
    assert caller.hangs_up(900)
    assert caller.patience_ms(2000) == 0


def test_hangs_up_when_enough_was_heard() -> None:
    """A caller who waits for two seconds of answer leaves when they were heard."""
    caller = _listened(Script(hangup_when_heard_ms=2000))
    assert not caller.hangs_up(5000, sound_ms=1999, last_sound_ms=5000)
    assert caller.hangs_up(5000, sound_ms=2000, last_sound_ms=5000)


@pytest.mark.parametrize(
    ("last_sound_ms", "leaves_ms"), [(None, 1560), (1030, 1560), (1700, 2200)], ids=["nothing", "early", "late"]
)
def test_hangs_up_on_silence(last_sound_ms: int | None, leaves_ms: int) -> None:
    """Silence counts from the end of the speech or of what was heard last, whichever is later."""
    caller = _listened(Script(speech_ms=60, hangup_on_silence_ms=500))
    assert not caller.hangs_up(leaves_ms - 1, last_sound_ms=last_sound_ms)
    assert caller.hangs_up(leaves_ms, last_sound_ms=last_sound_ms)


def test_silence_before_the_first_stream_is_no_reason() -> None:
    """A caller to whom nobody listens yet hears the ringing."""
    assert not Caller(Script(hangup_on_silence_ms=500), now_ms=0).hangs_up(10_000)


def test_a_caller_without_reasons_stays() -> None:
    """Nothing that was not asked for ends the call."""
    caller = _listened(Script())
    assert not caller.hangs_up(10_000_000)
    assert caller.patience_ms(10_000_000) is None
