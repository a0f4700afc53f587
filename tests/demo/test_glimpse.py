import audioop
from array import array

import pytest

from gateway.demo.glimpse import bar, level


def ulaw(amplitude: int) -> bytes:
    return audioop.lin2ulaw(array("h", [amplitude, -amplitude] * 400).tobytes(), 2)


def test_levels_go_from_a_lines_hiss_to_loud_speech() -> None:
    """By ear: half the amplitude takes the same step everywhere."""
    levels = [level(ulaw(amplitude)) for amplitude in (0, 30, 1000, 2000, 4000, 30_000)]

    assert levels[:2] == [0, 0]
    assert levels[3] - levels[2] == pytest.approx(levels[4] - levels[3], abs=0.01)
    assert levels[5] == 1


def test_no_audio_is_silence() -> None:
    """Before the first and after the last."""
    assert level(b"") == 0


def test_a_bar_is_as_long_as_it_is_wide() -> None:
    """Whatever it shows."""
    assert [bar(share, 4) for share in (0, 0.5, 1)] == ["▯▯▯▯", "▮▮▯▯", "▮▮▮▮"]
