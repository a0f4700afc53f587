from gateway.bridge.gathering import Gathering

FRAME = 350
"""Bytes of a carrier's message with 20 ms of μ-law in it."""
ON_THE_WIRE = FRAME + 8


def steady() -> Gathering:
    """One whose frames have been read singly for long enough."""
    gathering = Gathering()
    for number in range(50):
        assert not gathering.read(1, FRAME, 4 - number % 5 or 5)
    return gathering


def gathered() -> Gathering:
    """One that waits for a whole chunk."""
    gathering = steady()
    assert gathering.read(1, FRAME, 5)
    return gathering


def test_frames_are_read_singly_at_first() -> None:
    """How unevenly they arrive is seen only so."""
    gathering = steady()
    assert gathering.least_bytes == 1


def test_nobody_is_woken_before_the_frame_that_completes_a_chunk() -> None:
    """Four frames are too few, and the first byte of the fifth is enough."""
    gathering = gathered()
    assert 4 * ON_THE_WIRE < gathering.least_bytes <= 4 * ON_THE_WIRE + 1
    assert not gathering.read(5, FRAME, 5)


def test_what_is_missing_of_a_chunk_is_waited_for_and_no_more() -> None:
    gathering = gathered()
    assert gathering.read(3, FRAME, 2)
    assert gathering.least_bytes == ON_THE_WIRE + 1
    assert gathering.read(2, FRAME, 1)
    assert gathering.least_bytes == 1


def test_frames_that_grow_are_waited_for_whole() -> None:
    """Their numbers have more digits as a call goes on."""
    gathering = gathered()
    assert gathering.read(5, FRAME + 2, 5)
    assert gathering.least_bytes == 4 * (ON_THE_WIRE + 2) + 1


def test_each_frame_is_wanted_where_one_is_missing() -> None:
    gathering = gathered()
    assert gathering.read(5, FRAME, 0)
    assert gathering.least_bytes == 1


def test_frames_that_do_not_come_are_read_singly_until_they_flow_again() -> None:
    gathering = gathered()
    assert gathering.look(1_000)
    assert gathering.least_bytes == 1
    for _ in range(10):
        assert not gathering.read(1, FRAME, 5)
    assert gathering.read(1, FRAME, 5)
    assert gathering.least_bytes > 1


def test_a_second_in_twenty_is_read_singly() -> None:
    gathering = gathered()
    reads = 1
    while gathering.least_bytes > 1:
        gathering.read(5, FRAME, 5)
        reads += 1
    assert reads == 191
    assert [gathering.read(1, FRAME, 5) for _ in range(51)] == [False] * 50 + [True]


def test_what_lay_there_is_known_to_have_come_before() -> None:
    """It says nothing of when; what comes while frames are read singly, or later than at once, has just come."""
    gathering = gathered()
    assert gathering.came_before(1_000)
    gathering.look(2_000)
    assert gathering.came_before(2_010)
    assert not gathering.came_before(2_030)
    gathering.look(3_000)
    gathering.read(2, FRAME, 3)
    assert not gathering.came_before(3_001)
