"""What `deploy/compile.py` compiles is the same Python, and no older."""

import ast
import re
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DECLARED = sorted(path.relative_to(ROOT) for path in (ROOT / "gateway").rglob("*.pxd"))


def slots(module: Path) -> dict[str, set[str]]:
    """The fields of a module's classes, by class."""
    classes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ClassDef)]
    return {
        cls.name: set(ast.literal_eval(statement.value))
        for cls in classes
        for statement in cls.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__slots__"
    }


def fields(declarations: Path) -> dict[str, set[str]]:
    """What a `.pxd` gives its classes, by class."""
    found: dict[str, set[str]] = {}
    for line in declarations.read_text().splitlines():
        if began := re.match(r"cdef class (\w+)", line):
            found[began[1]] = fields_of = set()
        elif declared := re.match(r"    cdef public (?:long long|[\w.]+) (.+)", line):
            fields_of |= {name.strip() for name in declared[1].split(",")}
    return found


@pytest.mark.parametrize("declarations", DECLARED, ids=str)
def test_a_class_has_the_same_fields_compiled_or_not(declarations: Path) -> None:
    """A field that is in one of them alone would be missed in the other alone."""
    in_python = slots(ROOT / declarations.with_suffix(".py"))

    for name, found in fields(ROOT / declarations).items():
        if name in in_python:
            assert found == in_python[name], name


@pytest.mark.parametrize("declarations", DECLARED, ids=str)
def test_a_library_is_as_new_as_what_it_is_made_of(declarations: Path) -> None:
    """Python takes the library, whatever the source says by now: `uv run` makes it anew, Python alone does not."""
    library = ROOT / declarations.with_suffix(sysconfig.get_config_var("EXT_SUFFIX"))
    if not library.exists():
        pytest.skip("not compiled for this Python")
    for source in (declarations, declarations.with_suffix(".py")):
        assert library.stat().st_mtime >= (ROOT / source).stat().st_mtime, f"{source} has changed: uv sync"
