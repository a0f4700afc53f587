from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.sandbox.keeping import Kind, open_keeper


def test_a_file_keeps_everything_over_a_restart(tmp_path: Path) -> None:
    """The latest of each, in the order of their first."""
    path = tmp_path / "state.db"
    first = open_keeper(path)
    first.keep(Kind.SESSION, "sess_2", b"two")
    first.keep(Kind.SESSION, "sess_1", b"one")
    first.keep(Kind.AGENT, "sess_2", b"another kind")
    first.keep(Kind.SESSION, "sess_2", b"two again")
    first.drop(Kind.SESSION, "sess_0")
    first.close()
    second = open_keeper(path)

    assert second.durable
    assert list(second.kept(Kind.SESSION)) == [("sess_2", b"two again"), ("sess_1", b"one")]
    second.drop(Kind.SESSION, "sess_2")
    assert (second.read(Kind.SESSION, "sess_2"), second.read(Kind.AGENT, "sess_2")) == (None, b"another kind")
    second.close()


def test_memory_keeps_audio_only() -> None:
    """All else is in the state's own objects."""
    it = open_keeper(None)
    it.keep(Kind.AUDIO, "rec_1", b"mp3")
    it.keep(Kind.SESSION, "sess_1", b"one")

    assert not it.durable
    assert (it.read(Kind.AUDIO, "rec_1"), it.read(Kind.SESSION, "sess_1")) == (b"mp3", None)
    assert (list(it.kept(Kind.AUDIO)), list(it.kept(Kind.SESSION))) == ([("rec_1", b"mp3")], [])
    it.drop(Kind.SESSION, "sess_1")
    it.drop(Kind.AUDIO, "rec_1")
    assert it.read(Kind.AUDIO, "rec_1") is None
    it.close()


def test_a_file_that_cannot_be_used_is_the_operator_s_problem(tmp_path: Path) -> None:
    """With its path."""
    path = tmp_path / "state.db"
    path.write_text("This is no database, and long enough to be seen for what it is." * 10)
    with pytest.raises(ConfigError, match=r"state\.db"):
        open_keeper(path)
