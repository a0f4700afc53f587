from gateway.bridge.hold import Hold

HALF_A_SECOND = 4_000


def test_without_a_clip_the_caller_hears_silence() -> None:
    assert Hold().next_piece() == b"\xff" * HALF_A_SECOND


def test_a_clip_goes_on_where_it_was_left_and_begins_again() -> None:
    """A tune is not cut into half seconds."""
    clip = bytes(i % 251 for i in range(3_000))
    hold = Hold(clip)
    assert hold.next_piece() + hold.next_piece() == (clip * 3)[: 2 * HALF_A_SECOND]
