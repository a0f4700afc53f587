from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.turns import FRAME_BYTES, Speaking, TurnEnded, TurnEvent, TurnFinder, TurnPolicy


def is_speech(ulaw: bytes) -> bool:
    """Frames that begin with `s` are speech."""
    return ulaw[:1] == b"s"


def frames(pattern: str) -> bytes:
    """One 20 ms frame a character, each told from the others by its number."""
    return b"".join(mark.encode() + number.to_bytes(3, "big") * 53 for number, mark in enumerate(pattern))


def finder(**policy: int) -> TurnFinder:
    return TurnFinder(is_speech, TurnPolicy(**policy))


def test_a_turn_is_pre_roll_speech_and_hangover() -> None:
    """200 ms before, the speech, 500 ms after, in the very bytes that came."""
    audio = frames("." * 20 + "s" * 30 + "." * 40)
    *_partials, event = finder().feed(audio)

    assert event == TurnEnded(audio[10 * FRAME_BYTES : 75 * FRAME_BYTES], speech_ms=600)


def test_speech_shorter_than_60_ms_is_no_turn() -> None:
    """A click is not answered, nor are many."""
    it = finder()

    assert it.feed(frames("ss..ss.s." * 30)) == []
    assert not it.speaking


def test_a_pause_shorter_than_the_hangover_does_not_end_a_turn() -> None:
    """People breathe."""
    it = finder()
    events = it.feed(frames("s" * 10 + "." * 24 + "s" * 5 + "." * 25))

    assert events == [Speaking(780), TurnEnded(frames("s" * 10 + "." * 24 + "s" * 5 + "." * 25), 780)]
    assert not it.speaking


def test_a_long_turn_is_reported_about_every_second() -> None:
    """With the speech so far, silence at its end not counted."""
    events = finder().feed(frames("s" * 90 + "." * 15))

    assert events == [Speaking(1000), Speaking(1800)]


def test_a_turn_that_will_not_end_is_cut_and_goes_on_as_another() -> None:
    """Nothing is lost between the two."""
    audio = frames("s" * 250)
    it = finder(limit_ms=2000)
    ended = [event for event in it.feed(audio) if isinstance(event, TurnEnded)]
    last = it.finish()

    assert [event.speech_ms for event in ended] == [2000, 2000]
    assert last is not None
    assert b"".join(event.ulaw for event in [*ended, last]) == audio


def test_finishing_ends_an_open_turn_only() -> None:
    """The session ended while somebody spoke, or while nobody did."""
    it = finder()
    assert it.finish() is None
    it.feed(frames("s" * 5))

    assert it.finish() == TurnEnded(frames("s" * 5), 100)
    assert it.finish() is None


@given(st.text("s.", max_size=300), st.lists(st.integers(1, 700), min_size=1))
def test_how_the_audio_is_cut_into_messages_does_not_matter(pattern: str, sizes: list[int]) -> None:
    """100 ms, 20 ms or odd pieces: the same turns."""
    audio = frames(pattern)
    whole = finder().feed(audio)
    pieces: list[TurnEvent] = []
    it, start, number = finder(), 0, 0
    while start < len(audio):
        size = sizes[number % len(sizes)]
        pieces += it.feed(audio[start : start + size])
        start, number = start + size, number + 1

    assert pieces == whole


def test_a_turn_can_be_looked_at_while_it_goes_on() -> None:
    """All that has been received of it, and nothing while nobody speaks."""
    it = finder()
    audio = frames("." * 20 + "s" * 30)
    assert it.feed(audio[: 15 * FRAME_BYTES]) == []
    assert it.so_far == b""
    it.feed(audio[15 * FRAME_BYTES :])

    assert it.so_far == audio[10 * FRAME_BYTES :]
