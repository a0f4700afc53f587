from gateway.bridge.backlog import KEPT_MS, Backlog
from gateway.bridge.chunks import BYTES_PER_MS, Chunk
from gateway.calls import Direction
from gateway.telemetry.counts import CallCounts, DropReason

DROPPED = (Direction.IN, DropReason.NOT_READY)


def _chunk(number: int, ms: int = 100) -> Chunk:
    return Chunk(number * 100, bytes(ms * BYTES_PER_MS))


def test_the_last_two_seconds_are_kept() -> None:
    """A caller who speaks while the stream is opened again is heard from two seconds before."""
    counts = CallCounts()
    backlog = Backlog(counts)
    for number in range(30):
        backlog.push(_chunk(number))
    assert [chunk.at_ms for chunk in backlog.take()] == [number * 100 for number in range(10, 30)]
    assert counts.dropped[DROPPED] == 10 * 5


def test_what_was_taken_is_gone() -> None:
    """It is sent once, and makes room."""
    counts = CallCounts()
    backlog = Backlog(counts)
    backlog.push(_chunk(1, KEPT_MS))
    assert len(backlog) == 1
    backlog.take()
    assert len(backlog) == 0
    assert backlog.take() == []
    backlog.push(_chunk(2, KEPT_MS))
    assert not counts.dropped


def test_a_chunk_shorter_than_a_frame_counts_as_one() -> None:
    counts = CallCounts()
    backlog = Backlog(counts)
    backlog.push(_chunk(1, 5))
    backlog.push(_chunk(2, KEPT_MS))
    assert counts.dropped[DROPPED] == 1
