"""What a session's counterpart says, until it is sent: paced, held back while the stream is starved. Sans-I/O."""

from dataclasses import dataclass

from gateway.sandbox.counterparts.base import Say
from gateway.sandbox.playout import Delivery, Playout

Spoken = tuple[str, bytes]
"""Audio that is to be sent now, and the speaker who is answered with it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How the counterpart's turns leave."""

    delivery: Delivery = Delivery.REALTIME
    piece_ms: int = 100


class Mouth:
    """One session's."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._playouts: dict[str, Playout] = {}
        """By the speaker who is answered."""
        self._starved_until_ms = 0
        self._held: list[Say] = []
        """What was to be said at once while the stream was starved."""

    def say(self, say: Say, now_ms: int) -> list[Spoken]:
        """Take a reply; whatever is due."""
        if say.at_once:
            if now_ms < self._starved_until_ms:
                self._held.append(say)
                return []
            return [(say.speaker, say.ulaw)]
        playout = self._playouts.get(say.speaker)
        if playout is None:
            playout = self._playouts[say.speaker] = Playout(self._voice.delivery, self._voice.piece_ms)
        playout.push(say.ulaw, now_ms)
        return self.release(now_ms)

    def release(self, now_ms: int) -> list[Spoken]:
        """Whatever is due."""
        if now_ms < self._starved_until_ms:
            return []
        held, self._held = self._held, []
        spoken = [(say.speaker, say.ulaw) for say in held]
        for speaker, playout in self._playouts.items():
            spoken += [(speaker, piece) for piece in playout.release(now_ms)]
        return spoken

    def next_deadline_ms(self) -> int | None:
        """When to call `release`, or None while nothing waits."""
        deadlines = [playout.next_deadline_ms() for playout in self._playouts.values()]
        if self._held:
            deadlines.append(self._starved_until_ms)
        return min((max(due_ms, self._starved_until_ms) for due_ms in deadlines if due_ms is not None), default=None)

    def starve(self, until_ms: int) -> None:
        """Hold back all that is said until then."""
        self._starved_until_ms = until_ms

    def hurry(self) -> None:
        """From now on say everything as fast as it can be sent."""
        self._voice = Voice(Delivery.BURST, self._voice.piece_ms)
        for playout in self._playouts.values():
            playout.hurry()

    def hush(self) -> None:
        """Say nothing of what waits."""
        self._playouts.clear()
        self._held.clear()
