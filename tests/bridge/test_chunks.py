from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.chunks import Chunk, Chunker
from tests.bridge.caller_frames import FRAME_MS, speech, spoken

CHUNK_MS = 100


def _feed(chunker: Chunker, numbers: range, *, late_ms: int = 0) -> list[Chunk]:
    """Frame n's last sample is heard at 20 · n."""
    return [chunk for n in numbers for chunk in chunker.feed(spoken(n), n * FRAME_MS + late_ms)]


def test_a_chunk_says_how_long_it_is() -> None:
    assert Chunk(0, bytes(800)).duration_ms == 100


def test_five_frames_are_one_chunk() -> None:
    """Nothing leaves before a chunk is full, and then it leaves at once."""
    chunker = Chunker(CHUNK_MS)
    assert _feed(chunker, range(1, 5)) == []
    assert [chunk.ulaw for chunk in _feed(chunker, range(5, 6))] == [speech(range(1, 6))]


@given(st.lists(st.binary(max_size=2_000)), st.sampled_from([20, 100, 200]))
def test_audio_is_cut_and_otherwise_unchanged(pieces: list[bytes], chunk_ms: int) -> None:
    """Whatever sizes a carrier sends: chunks of one size, the same bytes, and the rest at the end."""
    chunker = Chunker(chunk_ms)
    whole = [chunk for n, piece in enumerate(pieces) for chunk in chunker.feed(piece, n * FRAME_MS)]
    assert {len(chunk.ulaw) for chunk in whole} <= {chunk_ms * 8}
    rest = chunker.flush()
    assert all(0 < len(chunk.ulaw) < chunk_ms * 8 for chunk in rest)
    assert b"".join(chunk.ulaw for chunk in [*whole, *rest]) == b"".join(pieces)


def test_a_chunk_is_dated_by_its_first_sample() -> None:
    """The first sample of the first frame was heard a frame before that frame was complete."""
    chunker = Chunker(CHUNK_MS)
    assert [chunk.at_ms for chunk in _feed(chunker, range(1, 16))] == [0, 100, 200]


def test_the_rest_is_dated_by_its_first_sample() -> None:
    chunker = Chunker(CHUNK_MS)
    _feed(chunker, range(1, 8))
    assert chunker.flush() == [Chunk(100, speech(range(6, 8)))]
    assert chunker.flush() == []


def test_a_network_that_jitters_does_not_move_the_dates() -> None:
    """Chunks follow each other without overlap or gap, however late their frames come."""
    chunker = Chunker(CHUNK_MS)
    _feed(chunker, range(1, 6))
    assert [chunk.at_ms for chunk in _feed(chunker, range(6, 11), late_ms=700)] == [100]
    assert [chunk.at_ms for chunk in _feed(chunker, range(11, 16))] == [200]


def test_dates_are_set_again_when_they_are_a_second_off() -> None:
    """A caller who was not heard for a while is not dated into the past for the rest of the call."""
    chunker = Chunker(CHUNK_MS)
    _feed(chunker, range(1, 6))
    assert [chunk.at_ms for chunk in _feed(chunker, range(6, 16), late_ms=3_000)] == [3_100, 3_200]
