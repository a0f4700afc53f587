from gateway.bridge.playback import Playback


def _sent(*durations_ms: int) -> tuple[Playback, list[str]]:
    """A playback with a mark after each of these."""
    playback = Playback(epoch=1)
    names = []
    for ms in durations_ms:
        playback.sent(ms)
        names.append(playback.mark(0))
    return playback, names


def test_a_mark_that_comes_back_tells_what_was_played() -> None:
    """Since the mark before it."""
    playback, [first, second] = _sent(300, 500)
    assert playback.echoed(first) == 300
    assert playback.echoed(second) == 500


def test_a_mark_counts_once() -> None:
    playback, [name] = _sent(300)
    playback.echoed(name)
    assert playback.echoed(name) is None


def test_a_mark_that_comes_back_tells_how_late_it_is() -> None:
    """Counted from when its audio should have been played; one that is early is on time."""
    playback = Playback(epoch=1)
    playback.sent(300)
    name = playback.mark(5_300)
    assert playback.late_ms(name, 5_420) == 120
    assert playback.late_ms(name, 5_290) == 0
    playback.echoed(name)
    assert playback.late_ms(name, 5_420) is None


def test_a_mark_of_cleared_audio_is_not_late() -> None:
    """It comes back when it is cleared, and what comes after the clear says nothing of when it was played."""
    playback, [name] = _sent(300)
    playback.cleared()
    assert playback.late_ms(name, 9_000) is None


def test_a_mark_that_was_out_at_a_clear_was_not_played() -> None:
    """The carriers echo it all the same, and do not say why."""
    playback, [first, second] = _sent(300, 500)
    playback.echoed(first)
    playback.cleared()
    assert playback.echoed(second) == 0
    assert playback.echoed(second) is None


def test_audio_that_was_cleared_is_in_no_later_mark() -> None:
    playback, _ = _sent(300)
    playback.sent(700)
    playback.cleared()
    playback.sent(100)
    assert playback.echoed(playback.mark(0)) == 100


def test_an_unknown_mark_is_nobodys() -> None:
    """A carrier that echoes what it was never sent changes no figure."""
    assert Playback(epoch=1).echoed("1-1") is None


def test_names_are_unique_in_a_call() -> None:
    """Also across its media sockets: a mark of the last one must not be taken for one of this."""
    names = {playback.mark(0) for playback in (Playback(epoch=1), Playback(epoch=2)) for _ in range(3)}
    assert len(names) == 6


def test_audio_is_marked_or_not() -> None:
    playback = Playback(epoch=1)
    assert playback.is_marked
    playback.sent(20)
    assert not playback.is_marked
    playback.mark(0)
    assert playback.is_marked
    playback.sent(20)
    playback.cleared()
    assert playback.is_marked


def test_marks_that_never_come_back_are_forgotten() -> None:
    """A carrier that echoes none does not fill the memory; the latest still count."""
    playback, names = _sent(*[100] * 600)
    assert playback.echoed(names[99]) is None
    assert playback.echoed(names[100]) == 100
    for _ in range(3):
        names += [_marked(playback) for _ in range(400)]
        playback.cleared()
    assert playback.echoed(names[-501]) is None
    assert playback.echoed(names[-500]) == 0


def _marked(playback: Playback) -> str:
    playback.sent(100)
    return playback.mark(0)
