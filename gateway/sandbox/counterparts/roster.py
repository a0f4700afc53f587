"""The counterparts by name."""

from collections.abc import Callable, Mapping

from gateway.sandbox.counterparts.base import Counterpart, Setting
from gateway.sandbox.counterparts.echo import Echo
from gateway.sandbox.counterparts.mute import Mute
from gateway.sandbox.counterparts.parrot import Parrot
from gateway.sandbox.counterparts.screenplay import Screenplay
from gateway.sandbox.counterparts.script import Script
from gateway.sandbox.counterparts.speech import Speech
from gateway.sandbox.counterparts.tone import Tone


def _speech(setting: Setting) -> Speech:
    assert setting.understanding is not None, "the options see to it"
    return Speech(setting.plan, setting.understanding, setting.wake)


ROSTER: Mapping[str, Callable[[Setting], Counterpart]] = {
    "parrot": lambda _: Parrot(),
    "echo": lambda _: Echo(),
    "tone": lambda setting: Tone(setting.piece_ms),
    "script": lambda setting: Script(setting.plan, setting.screenplay or Screenplay(())),
    "mute": lambda _: Mute(),
    "speech": _speech,
}
"""Makes a fresh one for a session."""
