import audioop
from collections.abc import Callable

import pytest

from gateway.demo.similarity import Match, correlation, find, follow, sound_s
from tests.demo.sounds import babble

SOUND = babble(8000)
FRAME = 320
"""Bytes in 20 ms."""


def after_companding(linear: bytes) -> bytes:
    return audioop.ulaw2lin(audioop.lin2ulaw(linear, 2), 2)


def test_a_sound_is_like_itself_however_loud() -> None:
    """And the opposite of itself upside down."""
    assert correlation(SOUND, audioop.mul(SOUND, 2, 0.5)) == pytest.approx(1, abs=1e-6)
    assert correlation(SOUND, audioop.mul(SOUND, 2, -1)) == pytest.approx(-1, abs=1e-6)


def test_another_sound_is_not() -> None:
    """Nor is silence, or nothing."""
    assert abs(correlation(SOUND, babble(8000, seed=2))) < 0.05
    assert correlation(SOUND, bytes(16000)) == 0
    assert correlation(b"", b"") == 0


def test_what_is_missing_at_the_end_counts() -> None:
    """Half a sentence is not the sentence."""
    assert correlation(SOUND, SOUND[:8000]) == pytest.approx(0.71, abs=0.02)


@pytest.mark.parametrize("look", [find, follow], ids=["find", "follow"])
@pytest.mark.parametrize("before_ms", [0, 7, 1234])
def test_a_sound_is_found_where_it_is(look: Callable[[bytes, bytes], Match], before_ms: int) -> None:
    """To the sample by one, to 20 ms by the other; after G.711 it is much the same."""
    match = look(SOUND, bytes(before_ms * 16) + after_companding(SOUND) + bytes(4000))

    assert match.at_ms == pytest.approx(before_ms, abs=0 if look is find else 20)
    assert match.likeness > 0.99


def test_a_sound_whose_beginning_was_cut_off_is_found() -> None:
    """Where it would have begun."""
    match = find(SOUND, SOUND[2400:])

    assert match.at_ms == -150
    assert match.likeness == pytest.approx(0.88, abs=0.01)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(SOUND[: 25 * FRAME] + SOUND[26 * FRAME :], id="a lost frame"),
        pytest.param(SOUND[: 25 * FRAME] + SOUND[24 * FRAME :], id="a doubled frame"),
        pytest.param(babble(8000, seed=2), id="another sound"),
        pytest.param(bytes(16000), id="silence"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_the_whole_sound_in_one_stretch_is_not_found(broken: bytes) -> None:
    """One frame is enough."""
    assert find(SOUND, broken).likeness < 0.8


def test_a_play_out_that_stumbled_is_followed() -> None:
    """A few milliseconds of nothing, twice: no likeness as a whole, much in its pieces."""
    stumbled = SOUND[:4800] + bytes(32) + SOUND[4800:9600] + bytes(3200) + SOUND[9600:]

    assert find(SOUND, stumbled).likeness < 0.8
    assert follow(SOUND, stumbled).likeness > 0.95


def test_a_play_out_that_stood_still_is_followed() -> None:
    """As a machine that has no time for it makes it do, again and again."""
    stalls = [SOUND[at : at + 3200] + bytes(16 * 400) for at in range(0, len(SOUND), 3200)]

    match = follow(SOUND, bytes(1600) + b"".join(stalls))

    assert match.likeness > 0.99
    assert match.at_ms == 100


@pytest.mark.parametrize("other", [babble(8000, seed=2), bytes(16000), b""], ids=["other", "silence", "nothing"])
def test_nothing_else_is_followed(other: bytes) -> None:
    """However the pieces are moved."""
    assert follow(SOUND, other).likeness < 0.3


def test_there_is_nothing_to_find_of_no_sound() -> None:
    """And that is no error."""
    assert find(b"", SOUND).likeness == 0
    assert follow(b"", SOUND).likeness == 0


def test_seconds_of_sound_leave_silence_out() -> None:
    """In steps of 20 ms."""
    assert sound_s(bytes(16000) + SOUND + bytes(320)) == 1
    assert sound_s(b"") == 0
