"""The messages of Kallglot's documents, as they stand there."""

from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "data" / "kallglot"


def sample(name: str) -> bytes:
    """A file of `tests/data/kallglot`, `rest/session_created.json` say, without its final newline."""
    return (_FOLDER / name).read_bytes().rstrip(b"\n")
