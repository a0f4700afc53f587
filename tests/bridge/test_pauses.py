from gateway.bridge.chunks import Chunk
from gateway.bridge.pauses import PauseFinder
from tests.sandbox.sounds import chunks, silence, speech


def feed(finder: PauseFinder, ulaw: bytes, now_ms: int) -> int:
    """Every 100 ms 100 ms of it; the time when it is over."""
    for piece in chunks(ulaw):
        now_ms += 100
        finder.feed([Chunk(now_ms - 100, piece)], now_ms)
    return now_ms


def test_a_caller_who_speaks_is_not_interrupted() -> None:
    """In the middle of a sentence is no time to change hands."""
    finder = PauseFinder(0)
    now_ms = feed(finder, speech()[:8_000], 0)
    assert not finder.is_pause(now_ms)


def test_a_caller_who_has_finished_is_in_a_pause() -> None:
    finder = PauseFinder(0)
    now_ms = feed(finder, speech() + silence(1_000), 0)
    assert finder.is_pause(now_ms)


def test_nothing_is_known_of_a_caller_who_was_not_listened_to() -> None:
    """A pause has to be heard: 300 ms of it."""
    finder = PauseFinder(0)
    assert not finder.is_pause(299)
    assert finder.is_pause(feed(finder, silence(400), 0))
