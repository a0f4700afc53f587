"""The settings one by one: their paths, names and which of them are secret. Sans-I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo

from gateway.settings.checks import alone_or_listed, separated
from gateway.settings.model import DELIMITER, PREFIX, Settings


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting."""

    path: tuple[str, ...]
    """`("media", "lead_ms")`."""
    field: FieldInfo

    @property
    def name(self) -> str:
        """`media.lead_ms`."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """`GATEWAY_MEDIA__LEAD_MS`."""
        return PREFIX + DELIMITER.join(self.path).upper()

    @property
    def is_secret(self) -> bool:
        """Whether its value must not be shown."""
        return _holds_secret(self.field.annotation)

    @property
    def may_stand_alone(self) -> bool:
        """Whether a list of one can be written without brackets, and an empty one as ""."""
        rules = [rule.func for rule in self.field.metadata if isinstance(rule, BeforeValidator)]
        return alone_or_listed in rules or separated in rules


def all_settings() -> Iterator[Setting]:
    """Every setting, in the order of the configuration file."""
    for key, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from (Setting((key, name), inner) for name, inner in section.model_fields.items())
        else:
            yield Setting((key,), field)


def _holds_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_holds_secret(part) for part in get_args(annotation))
