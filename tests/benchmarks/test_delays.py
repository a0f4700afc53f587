from tests.benchmarks.delays import Delays


def test_a_chunk_is_late_by_the_frame_that_completed_it() -> None:
    """Frames of 160 bytes leave at 20, 40, … ms; the 800 of a chunk that comes at 101 ms were complete at 100."""
    found: list[float] = []
    delays = Delays(found.append)
    for number in range(1, 6):
        delays.sent(160, number * 20_000_000)
    delays.arrived(800, 101_000_000)
    assert found == [1.0]


def test_each_part_of_a_message_that_was_cut_is_as_late_as_it_came() -> None:
    found: list[float] = []
    delays = Delays(found.append)
    delays.sent(800, 1_000_000)
    delays.arrived(160, 2_000_000)
    delays.arrived(640, 3_000_000)
    assert found == [1.0, 2.0]


def test_what_a_resampler_holds_back_comes_with_the_frame_after() -> None:
    """Of the first frame 144 bytes are there at once: the first 160 came with the second frame."""
    found: list[float] = []
    delays = Delays(found.append)
    delays.sent(144, 1_000_000)
    delays.sent(160, 21_000_000)
    delays.arrived(160, 22_000_000)
    assert found == [1.0]


def test_what_came_at_a_time_that_nobody_noted_does_not_count() -> None:
    found: list[float] = []
    delays = Delays(found.append)
    delays.sent(160, 1_000_000)
    delays.arrived(160, 0)
    assert found == []
