from gateway.carriers.audio import MediaBody, Run, bodies


def test_a_run_is_frames() -> None:
    """Each with its number and its time."""
    run = Run(b"aabbcc", 7, 140, 20, 3)
    assert len(run) == 3
    assert bodies(run) == [MediaBody(b"aa", 7, 140), MediaBody(b"bb", 8, 160), MediaBody(b"cc", 9, 180)]


def test_frames_by_themselves_stay_so() -> None:
    frames = [MediaBody(b"a", 1)]
    assert bodies(frames) is frames
