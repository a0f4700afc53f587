from tests.benchmarks.delays import Delays


def test_a_chunk_is_late_by_the_frame_that_completed_it() -> None:
    """Frames of 160 bytes leave at 20, 40, … ms; the 800 of a chunk that comes at 101 ms were complete at 100."""
    found: list[float] = []
    delays = Delays(160, found.append)
    for number in range(1, 6):
        delays.sent(number * 20_000_000)
    delays.arrived(800, 101_000_000)
    assert found == [1.0]


def test_of_a_message_that_ends_within_a_piece_nothing_is_said() -> None:
    found: list[float] = []
    delays = Delays(800, found.append)
    delays.sent(1_000_000)
    delays.arrived(160, 2_000_000)
    delays.arrived(640, 3_000_000)
    assert found == [2.0]


def test_what_a_resampler_holds_back_comes_with_the_frame_after() -> None:
    """With 16 bytes held the first 160 are there when the second frame is."""
    found: list[float] = []
    delays = Delays(160, found.append, held_bytes=16)
    delays.sent(1_000_000)
    delays.sent(21_000_000)
    delays.arrived(160, 22_000_000)
    assert found == [1.0]


def test_what_came_at_a_time_that_nobody_noted_does_not_count() -> None:
    found: list[float] = []
    delays = Delays(160, found.append)
    delays.sent(1_000_000)
    delays.arrived(160, 0)
    assert found == []
