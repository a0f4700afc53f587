"""What is wrong with a value of a configuration file, in an operator's words. Sans-I/O.

Turns pydantic's errors into ours: pydantic's name Python types and its own documents; ours say what must be written.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

Path = tuple[int | str, ...]
"""Keys and list positions, from the top of the file: pydantic's `loc`."""

_MUST: Mapping[str, str] = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "path_type": "must be a path",
    "tuple_type": 'must be a list (in the environment as JSON: ["…", "…"])',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "missing": "is required",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
"""By pydantic's type of error; `{…}` are its context. A `value_error` is one of our own validators' words."""

_SHOWN_CHARACTERS = 80
"""Enough of a value to recognise it."""

_SHOWN_BITS = 256
"""The same of a number; Python refuses to write one of thousands of digits at all."""


def complaint(error: ErrorDetails, show: Callable[[object], str]) -> str:
    """What is wrong and with which value, shown by `show`: `must be a whole number, not 'soon'`."""
    template = _MUST.get(error["type"])
    context = error.get("ctx", {})
    words = error["msg"] if template is None else template.format_map(context)
    if error["type"] == "missing" or (error["type"] == "value_error" and isinstance(error["input"], Mapping)):
        return words
    return f"{words}, not {show(error['input'])}"


def shown(value: object) -> str:
    """A value as an operator wrote it, shortened."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return repr(value if len(value) <= _SHOWN_CHARACTERS else value[:_SHOWN_CHARACTERS] + "…")
        case int() if value.bit_length() > _SHOWN_BITS:
            return "a number of so many digits"
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case _:
            return str(value)


def dotted(path: Path) -> str:
    """`telnyx.allow_cidrs[1]` for its path."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def unknown(name: str, known: Iterable[str], *, under: str = "") -> str:
    """That there is no such key, and which one may be meant; `under` is what all names begin with."""
    near = difflib.get_close_matches(name.removeprefix(under), [key.removeprefix(under) for key in known], n=1)
    return f"{name} is not a setting" + (f"; did you mean {under}{near[0]}?" if near else "")


def unknown_key(model: type[BaseModel], path: Path) -> str:
    """The same for a path that the model has no key for."""
    table = path[:-1]
    for part in table:
        model = _model_in(model.model_fields[str(part)].annotation) or model
    under = f"{dotted(table)}." if table else ""
    return unknown(dotted(path), [under + key for key in model.model_fields], under=under)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model that a field holds, optional or not."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
