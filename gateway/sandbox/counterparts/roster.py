"""The counterparts by name."""

from collections.abc import Callable, Mapping

from gateway.sandbox.counterparts.base import Counterpart
from gateway.sandbox.counterparts.echo import Echo
from gateway.sandbox.counterparts.mute import Mute
from gateway.sandbox.counterparts.parrot import Parrot

ROSTER: Mapping[str, Callable[[], Counterpart]] = {"parrot": Parrot, "echo": Echo, "mute": Mute}
"""Makes a fresh one for a session."""
