import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.framing import Framer


def test_a_whole_frame_passes_through() -> None:
    """The usual case costs no copy."""
    frame = bytes(160)

    (given_back,) = Framer(160).feed(frame)

    assert given_back is frame


def test_the_rest_waits_for_the_next_piece() -> None:
    """No frame is ever short, and none is lost."""
    framer = Framer(4)

    assert framer.feed(b"abc") == []
    assert framer.pending_bytes == 3
    assert framer.feed(b"defghi") == [b"abcd", b"efgh"]
    assert framer.pending_bytes == 1
    assert framer.feed(b"") == []


def test_flushing_gives_the_rest_once() -> None:
    """The last syllable, shorter than a frame, is still said."""
    framer = Framer(4)
    framer.feed(b"abcdef")

    assert framer.flush() == b"ef"
    assert framer.flush() == b""
    assert framer.pending_bytes == 0


@given(size=st.integers(1, 50), data=st.lists(st.binary(max_size=120)))
def test_frames_and_rest_are_the_stream(size: int, data: list[bytes]) -> None:
    """However the stream is cut, its bytes stay in order, none missing or doubled."""
    framer = Framer(size)

    frames = [frame for piece in data for frame in framer.feed(piece)]
    rest = framer.flush()

    assert b"".join([*frames, rest]) == b"".join(data)
    assert all(len(frame) == size for frame in frames)
    assert len(rest) < size


@pytest.mark.parametrize("frame_bytes", [0, -160])
def test_a_frame_holds_at_least_a_byte(frame_bytes: int) -> None:
    """A size that would never end is refused where it is set."""
    with pytest.raises(ValueError, match=f"not {frame_bytes}"):
        Framer(frame_bytes)
