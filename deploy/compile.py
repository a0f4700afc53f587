"""Compiles the modules that audio passes through, those with a `.pxd` beside them, where a C compiler is at hand.

They are Python and run as they are; a `.pxd` tells Cython what type each field has, and calls then cost two thirds. So
whatever stands in the way of compiling stops no installation: it is said, and the gateway runs as Python.
"""

import os
import shutil
import sys
import sysconfig
from contextlib import chdir
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PURE = "KALLGLOT_PURE"
"""Environment variable: 1 leaves all modules as Python. What begins with GATEWAY_ is a setting."""

_DIRECTIVES = {
    "language_level": "3",
    "annotation_typing": False,  # what a module annotates is for readers and mypy; what counts stands in its .pxd
    "nonecheck": True,  # as Python does: an AttributeError ends one call, a null pointer all of them
}

_FLAGS = ["-g0"] if os.name == "posix" else []
"""Nobody steps through the C, and it takes half as long without."""


class Compile(BuildHookInterface[Any]):  # type: ignore[misc]  # hatchling is there while it builds, and only then
    """Beside the sources where they are installed to be edited, else into the wheel alone."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            # Python takes a library before the source beside it, however old it is.
            for library in (root / "gateway").rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"):
                library.unlink()
        if self.target_name != "wheel" or os.environ.get(_PURE) == "1":
            return
        try:
            with chdir(root):
                built = _compiled(root / "build" / str(sys.implementation.cache_tag))
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - a compiler has many ways to say no
            self.app.display_warning(f"not compiled, the gateway will run as plain Python: {type(exc).__name__}: {exc}")
            return
        for module, library in built.items():
            if version == "editable":
                shutil.copy2(library, root / module)
            else:
                build_data["force_include"][str(library)] = module
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def _compiled(folder: Path) -> dict[str, Path]:
    """Libraries in `folder` by their place in the source tree; what was compiled before and has not changed is kept."""
    import picows
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension

    modules = [path.with_suffix(".py") for path in sorted(Path("gateway").rglob("*.pxd"))]
    modules += sorted(Path("gateway").rglob("*.pyx"))
    extensions = cythonize(
        [
            Extension(".".join(module.with_suffix("").parts), [str(module)], extra_compile_args=_FLAGS)
            for module in modules
        ],
        build_dir=str(folder / "c"),
        include_path=[str(Path(picows.__file__).parents[1])],
        compiler_directives=_DIRECTIVES,
        quiet=True,
    )
    command = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
    command.build_lib, command.build_temp = str(folder / "lib"), str(folder / "o")
    command.parallel = os.cpu_count()
    command.ensure_finalized()
    command.run()
    return {
        str(Path(library).relative_to(folder / "lib")): Path(library).absolute() for library in command.get_outputs()
    }
