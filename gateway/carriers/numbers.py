"""Where a carrier asks what to do with a number's calls: what is set there, and what should be. Sans-I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, Self

from gateway.calls import Carrier


class Aim(StrEnum):
    """Where a number points."""

    HERE = "here"
    PARTLY = "partly"
    """Its calls come here, but not all else is as it should be."""
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class WebhookUrls:
    """The three that a carrier is given once; all others are in our documents."""

    voice: str
    fallback: str
    status: str

    @classmethod
    def under(cls, public_url: str, carrier: Carrier) -> Self:
        """This carrier's, at a gateway that is reached by `public_url`."""
        base = f"{public_url}/webhooks/{carrier}"
        return cls(f"{base}/voice", f"{base}/fallback", f"{base}/status")


@dataclass(frozen=True, slots=True)
class Change:
    """One setting at the carrier, by the carrier's name for it; "" where it is not set."""

    setting: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number of ours at a carrier."""

    number: str
    """`+14155551234`."""
    id: str
    """The carrier's."""
    label: str
    """What it is called there."""
    settings: Mapping[str, str]
    """What decides where its calls go, by the carrier's names; "" where it is not set."""
    application: str = ""
    """What it is assigned to, where it has its settings from something else."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written so that a number's calls come here."""

    number: PhoneNumber
    changes: tuple[Change, ...]
    application: str = ""
    """The application that is changed, by the carrier's id; "" where there is none, or a new one."""
    also: tuple[str, ...] = field(default=())
    """Other numbers that it concerns, as they share the application."""


class NumbersApi(Protocol):
    """One carrier's REST API, as far as numbers go. All methods raise `CarrierApiError`."""

    def reach(self) -> str:
        """Say what the carrier says of the account; costs nothing."""
        ...

    def numbers(self) -> list[PhoneNumber]:
        """Those of the account."""
        ...

    def wanted(self, urls: WebhookUrls) -> Mapping[str, str]:
        """The settings of a number whose calls come here."""
        ...

    def plan(self, number: str, urls: WebhookUrls) -> Plan:
        """What `write` would do; nothing is written yet."""
        ...

    def write(self, plan: Plan) -> None:
        """Do it."""
        ...


def changes(settings: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[Change, ...]:
    """What differs from what is wanted; other settings are left alone."""
    return tuple(
        Change(name, settings.get(name, ""), value) for name, value in wanted.items() if settings.get(name, "") != value
    )


def aim(number: PhoneNumber, wanted: Mapping[str, str]) -> Aim:
    """Where its calls go."""
    differing = {change.setting for change in changes(number.settings, wanted)}
    if not differing:
        return Aim.HERE
    # What is wanted to be empty takes calls elsewhere where it is set.
    decisive = {"voice_url"} | {name for name, value in wanted.items() if not value}
    return Aim.ELSEWHERE if differing & decisive else Aim.PARTLY
