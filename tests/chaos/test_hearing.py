import numpy as np

from tests.chaos.hearing import Hearing, Silence


def sound(*stretches: tuple[int, bool]) -> bytes:
    """Milliseconds of loud noise, or of next to nothing."""
    noise = np.random.default_rng(1)
    pieces = [noise.normal(0, 3000 if loud else 20, ms * 8) for ms, loud in stretches]
    return np.concatenate(pieces).astype(np.int16).tobytes()


def test_silence_is_found_between_sounds() -> None:
    """Faint noise is none: whoever makes it, nobody is heard."""
    hearing = Hearing(sound((200, True), (300, False), (100, True), (60, False)))
    assert hearing.silences(0, 660) == [Silence(200, 500), Silence(600, 660)]
    assert [silence.length_ms for silence in hearing.silences(0, 660)] == [300, 60]


def test_only_what_was_asked_for_is_looked_at() -> None:
    hearing = Hearing(sound((200, True), (300, False), (100, True)))
    assert hearing.silences(400, 1_000) == [Silence(400, 500)]
    assert hearing.silences(0, 200) == []
    assert hearing.silences(600, 700) == []


def test_sound_is_found_after_a_moment() -> None:
    """From that moment on, not from within the window that it falls into."""
    hearing = Hearing(sound((200, True), (300, False), (100, True)))
    assert hearing.sound_after(10) == 20
    assert hearing.sound_after(200) == 500
    assert hearing.sound_after(600) is None


def test_a_caller_who_heard_nothing_at_all() -> None:
    assert Hearing(b"").sound_after(0) is None
    assert Hearing(b"").silences(0, 100) == []
