import os
from pathlib import Path

import pytest

from gateway.cli.output_files import check_output, write_output
from gateway.errors import ConfigError


def test_what_can_be_written_is_left_alone(tmp_path: Path) -> None:
    """A file that is there keeps what it has, and none is made before there is something to write."""
    (tmp_path / "old.json").write_text("{}")

    check_output(json=tmp_path / "old.json", html=tmp_path / "new.html", record=None)

    assert (tmp_path / "old.json").read_text() == "{}"
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


def test_a_link_stays_and_what_it_leads_to_is_not_made(tmp_path: Path) -> None:
    """Where the file is to be is said by the link: taken away, the file would be written beside it."""
    (tmp_path / "latest.wav").symlink_to("call-7.wav")

    check_output(record=tmp_path / "latest.wav")

    assert (tmp_path / "latest.wav").is_symlink()
    assert not (tmp_path / "call-7.wav").exists()


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """Opening it would wait for a reader, and closing it would end what the reader waits for."""
    os.mkfifo(tmp_path / "pipe")

    check_output(json=tmp_path / "pipe")


def test_every_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """By its option, before anything was measured."""
    missing, too_long = tmp_path / "missing" / "page.html", tmp_path / ("x" * 300)

    with pytest.raises(ConfigError) as caught:
        check_output(json=tmp_path, html=missing, record=too_long)

    assert list(caught.value.problems) == [
        f"--json: {tmp_path} cannot be written: Is a directory",
        f"--html: {missing} cannot be written: No such file or directory",
        f"--record: {too_long} cannot be written: File name too long",
    ]


def test_a_file_for_which_there_is_no_room_is_named_and_the_others_are_written(tmp_path: Path) -> None:
    """What was measured is lost where nothing can be done about it, and there alone."""
    full, page = Path("/dev/full"), tmp_path / "page.html"

    with pytest.raises(ConfigError) as caught:
        write_output(json=(full, b"{}"), html=(page, b"<p>"), record=None)

    assert list(caught.value.problems) == ["--json: /dev/full cannot be written: No space left on device"]
    assert page.read_bytes() == b"<p>"
