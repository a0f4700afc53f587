"""The commands that the documents print, one by one."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "deploy/README.md")

LANGUAGES = frozenset({"sh", "toml", "yaml", "mermaid"})
"""Of fenced blocks; those in `sh` are commands."""

_PROGRAMS = (
    *("uv", "gateway", "python", "pip", "git", "bash", "sed", "ssh", "curl"),
    *("kubectl", "helm", "docker", "promtool", "prometheus", "redis-cli"),
)
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(rf"`((?:{'|'.join(_PROGRAMS)})\s[^`]*)`")
_COMMENT = re.compile(r"\s+# .*")


def text(document: str) -> str:
    """What the document says."""
    return (ROOT / document).read_text()


def blocks(document: str) -> list[tuple[str, str]]:
    """Its fenced blocks, each with its language."""
    return [(found[1], textwrap.dedent(found[2])) for found in _FENCE.finditer(text(document))]


def prose(document: str) -> str:
    """The rest."""
    return _FENCE.sub("", text(document))


def commands() -> list[str]:
    """Every command once, on one line: in blocks, and among the words where it has arguments."""
    found = []
    for document in DOCUMENTS:
        for language, block in blocks(document):
            if language == "sh":
                found += [_COMMENT.sub("", line) for line in block.replace("\\\n", " ").splitlines()]
        found += _SPAN.findall(prose(document))
    return list(dict.fromkeys(" ".join(command.split()) for command in found if command.strip()))
