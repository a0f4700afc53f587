from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.routing.toml import parse_toml, read_file


def test_a_file_is_its_tables() -> None:
    """TOML 1.0, UTF-8."""
    assert parse_toml('a = "ü"\n[b]\nc = 1\n'.encode(), "x.toml") == {"a": "ü", "b": {"c": 1}}


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    """Nobody sees it: that line 1, column 1 is an invalid statement would help no one."""
    assert parse_toml(b"\xef\xbb\xbfa = 1\n", "x.toml") == {"a": 1}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"a = 1\nb = \n", id="no value"),
        pytest.param(b"a = 1\na = 2\n", id="twice"),
        pytest.param(b'a = 1\nb = "\xff"\n', id="not UTF-8"),
        pytest.param(b'\xef\xbb\xbfa = 1\nb = "\xff"\n', id="not UTF-8 after a byte order mark"),
    ],
)
def test_a_broken_file_is_named_with_its_line(data: bytes) -> None:
    """The operator can go there; the exception holds no more of the file than that."""
    with pytest.raises(ConfigError) as caught:
        parse_toml(data, "config/x.toml")

    (problem,) = caught.value.problems
    assert problem.startswith("config/x.toml ")
    assert "line 2" in problem
    assert caught.value.__context__ is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """And why it cannot be read."""
    path = tmp_path / "none.toml"

    with pytest.raises(ConfigError, match=r"none\.toml cannot be read: No such file"):
        read_file(path)
    path.write_bytes(b"x")
    assert read_file(path) == b"x"


@pytest.mark.parametrize(
    "data", [pytest.param(b"a = " + b"1" * 5_000, id="digits"), pytest.param(b"a = " + b"[" * 20_000, id="brackets")]
)
def test_what_python_cannot_hold_is_no_file(data: bytes) -> None:
    """TOML sets no limits; the operator is told, and not shown a traceback."""
    with pytest.raises(ConfigError, match=r"x\.toml is not valid TOML"):
        parse_toml(data, "x.toml")


@pytest.mark.parametrize("name", ["a\x00b", "a\ud800b"])
def test_what_is_no_path_is_a_problem(name: str) -> None:
    """TOML text can hold characters that no file's name can."""
    with pytest.raises(ConfigError, match="is no path"):
        read_file(Path(name))
