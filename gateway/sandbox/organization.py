"""The organization whose Kallglot this is: what a portal would be told. Sans-I/O but for reading its file.

```toml
active = true                       # false: 403 organization_inactive
requests_per_minute = 600           # left out: as good as no limit

[[key]]                             # left out: any sk_test_… and sk_live_…
value = "sk_test_desk"
permissions = ["sessions:read"]     # left out: all of them
state = "active"                    # or "expired", "revoked"

[[number]]                          # managed numbers; left out, with no connection either: every number is Twilio's
phone_number = "+14155551234"
carrier = "twilio"                  # or "telnyx"

[[connection]]
id = "pcon_01HXYZ"
carrier = "telnyx"
default = true                      # sessions without routing take it
phone_number = "+14155551234"

[[webhook]]
url = "http://127.0.0.1:9000/events"
secret = "whsec_1"
events = ["session.ended"]          # left out: all of them
```
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from gateway.errors import ConfigError
from gateway.sandbox.events import EventType


class Carrier(StrEnum):
    """Whose network a number or a connection is in."""

    TWILIO = "twilio"
    TELNYX = "telnyx"


class KeyState(StrEnum):
    """What has become of a key."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Permission(StrEnum):
    """What a key may be allowed (authentication page); those of agents are not listed there and are ours."""

    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    RECORDINGS_READ = "recordings:read"
    ANALYSIS_READ = "analysis:read"
    ANALYSIS_WRITE = "analysis:write"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"


class Key(Struct, frozen=True, forbid_unknown_fields=True):
    """An API key."""

    value: Annotated[str, Meta(pattern="^sk_(test|live)_.")]
    permissions: frozenset[Permission] = frozenset(Permission)
    state: KeyState = KeyState.ACTIVE


class ManagedNumber(Struct, frozen=True, forbid_unknown_fields=True):
    """A number that Kallglot manages for the organization."""

    phone_number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{1,14}$")]
    carrier: Carrier = Carrier.TWILIO
    active: bool = True


class Connection(Struct, frozen=True, forbid_unknown_fields=True):
    """The organization's own account at a carrier."""

    id: Annotated[str, Meta(pattern="^pcon_.")]
    carrier: Carrier = Carrier.TWILIO
    default: bool = False
    active: bool = True
    phone_number: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{1,14}$")] | None = None


class Endpoint(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events are sent."""

    url: Annotated[str, Meta(pattern="^https?://.")]
    secret: Annotated[str, Meta(min_length=1)] = "whsec_sandbox"  # noqa: S105  a default for a desk, printed in the documents of this sandbox
    events: frozenset[EventType] = frozenset()
    """Those that are wanted; none means all."""


class Organization(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is set up beforehand."""

    active: bool = True
    requests_per_minute: Annotated[int, Meta(ge=1)] = 10_000_000
    keys: tuple[Key, ...] = field(name="key", default=())
    numbers: tuple[ManagedNumber, ...] = field(name="number", default=())
    connections: tuple[Connection, ...] = field(name="connection", default=())
    webhooks: tuple[Endpoint, ...] = field(name="webhook", default=())

    @property
    def owns_lines(self) -> bool:
        """Whether any number or connection is set up; if none is, every one is as good as set up."""
        return bool(self.numbers or self.connections)


def load_organization(path: Path) -> Organization:
    """Read an organization's TOML file.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong.
    """
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Organization)
    except OSError as exc:
        raise ConfigError([f"organization: cannot read {path}: {exc.strerror}"]) from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise ConfigError([f"organization: {path}: {exc}"]) from exc
