"""JSON bodies of requests: read, given their types, refused with the field's name. Sans-I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from gateway.sandbox.refusals import invalid, malformed

_S = TypeVar("_S", bound=Struct)
_MISSING = re.compile(r"Object missing required field `(?P<param>\w+)`")
_AT = re.compile(r"^(?P<what>.*?) - at `\$\.?(?P<param>.*)`$", re.DOTALL)

NO_WHOLE_NUMBER = "Expected `int`, got `float`"
"""What msgspec says of `2.0` where it wants an `int`."""


def read_json(body: bytes) -> Any:
    """Read any JSON.

    Raises:
        Refused: 400, it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise malformed(f"The request body is not valid JSON: {exc}") from exc


def read_object(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        Refused: 400, it is none.
    """
    value = read_json(body)
    if not isinstance(value, dict):
        raise malformed(f"The request body must be a JSON object, not {type(value).__name__}.")
    return value


def read_as(kind: type[_S], fields: Mapping[str, Any]) -> _S:
    """Give fields their declared types.

    Raises:
        Refused: 422, naming the one that is missing, of the wrong type or out of its range.
    """
    try:
        return _convert(fields, kind)
    except msgspec.ValidationError as exc:
        found, missing = _AT.match(str(exc)), _MISSING.match(str(exc))
        if missing is not None:
            param = missing["param"] if found is None else f"{found['param']}.{missing['param']}"
            raise invalid(param, f"The '{param}' field is required.") from exc
        if found is None:
            raise invalid("", f"{exc}.") from exc
        quoted = _quoted(fields, found["param"]) if "got" not in found["what"] else ""
        raise invalid(found["param"], f"'{found['param']}': {found['what']}{quoted}.") from exc


def check_choice(param: str, value: str | None, choices: Sequence[str]) -> None:
    """Make sure that a word is one of the documented ones.

    Raises:
        Refused: 422.
    """
    if value is not None and value not in choices:
        words = "' or '".join(choices)  # an enum's members are words as they stand; their `repr` is Python's
        raise invalid(param, f"'{param}' must be '{words}', not '{value}'.")


def check_form(param: str, value: str | None, form: re.Pattern[str], described: str) -> None:
    """Make sure that a text looks as `described`.

    Raises:
        Refused: 422.
    """
    if value is not None and not form.fullmatch(value):
        raise invalid(param, f"'{param}' must be {described}, not '{value}'.")


def with_whole_numbers(value: object) -> object:
    """The same with every `2.0` as `2`: to JSON they are one number, to msgspec they are not."""
    if isinstance(value, Mapping):
        return {name: with_whole_numbers(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _convert(fields: Mapping[str, Any], kind: type[_S]) -> _S:
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as exc:
        if NO_WHOLE_NUMBER not in str(exc):
            raise
        try:
            return msgspec.convert(with_whole_numbers(fields), kind)
        except RecursionError:
            raise malformed("The request body is nested too deeply.") from exc


def _quoted(fields: Mapping[str, Any], path: str) -> str:
    """What stands at a path of names, as the end of a sentence that says what should."""
    value: object = fields
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return ""
        value = value[name]
    return f", not {value!r}"
