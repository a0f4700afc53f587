"""The settings as a table for README.md. Sans-I/O."""

import json
from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from gateway.settings.fields import Setting, all_settings

_HEAD = "| setting | type | default | meaning | environment |\n| --- | --- | --- | --- | --- |\n"


def settings_table() -> str:
    """A row for each setting, in Markdown."""
    return _HEAD + "".join(_row(setting) for setting in all_settings())


def _row(setting: Setting) -> str:
    cells = [
        f"`{setting.name}`",
        _kind(setting) + _range(setting),
        _default(setting),
        " ".join((setting.field.description or "").split()),
        f"`{setting.variable}`",
    ]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _kind(setting: Setting) -> str:
    annotation = setting.field.annotation
    if get_origin(annotation) is tuple:
        one, several = ("secret", "list of secrets") if setting.is_secret else ("text", "list of text")
        return f"{one} or {several}" if setting.may_stand_alone else several
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "one of " + ", ".join(f"`{choice.value}`" for choice in annotation)
    kinds: dict[object, str] = {SecretStr: "secret", bool: "true or false", int: "whole number", float: "number"}
    return "path" if Path in {annotation, *get_args(annotation)} else kinds.get(annotation, "text")


def _range(setting: Setting) -> str:
    """` from 40 to 5000`, as far as it has ends."""
    words = (("ge", "from"), ("le", "to"), ("multiple_of", "by"))
    bounds = {name: getattr(rule, name) for rule in setting.field.metadata for name, _ in words if hasattr(rule, name)}
    return "".join(f" {word} {bounds[name]:g}" for name, word in words if name in bounds)


def _default(setting: Setting) -> str:
    default = "" if setting.may_stand_alone else setting.field.default
    match default:
        case SecretStr() | None:
            return '`""`'
        case Path():
            return f'`"{default}"`'
        case _:
            return f"`{json.dumps(to_jsonable_python(default))}`"
