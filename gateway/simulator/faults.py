"""What a faulty carrier does to a caller's audio: frames in, timed frames out; seeded, so that it happens again.

Sans-I/O. `AudioFaults` decides which audio a message holds, `MessageFaults` what becomes of the messages on their way,
`Delays` how late anything else comes.
"""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.simulator.caller import Frame
from gateway.simulator.fault_specs import Fault, FaultName
from gateway.simulator.speech import FRAME_MS

_NONSENSE = (
    "",
    "\x00",
    "null",
    "[]",
    "{}",
    '{"event":"media"}',
    '{"event":"media","media":{"payload":"*"}}',
    '{"event":"media","media":{"payload":160}}',
    '{"event":"unheard-of"}',
)
"""What comes in place of a media message that is malformed."""
_PIECES = 1024
"""More messages than a frame can be cut into."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A media message on its way."""

    index: int
    """Orders the audio of a call as it was spoken."""
    payload: bytes
    """What the gateway can read out of the message."""
    message: str


def find(faults: Sequence[Fault], name: FaultName) -> Fault | None:
    """The fault of that name, if there is one."""
    return next((fault for fault in faults if fault.name is name), None)


def _dice(seed: int, name: str) -> random.Random:
    """Each fault has dice of its own: adding one does not change what another does."""
    return random.Random(f"{seed}:{name}")  # noqa: S311 - repeatable is the point, secrecy is not


class AudioFaults:
    """Cuts one stream's audio as the carrier puts it into messages."""

    def __init__(self, faults: Sequence[Fault], seed: int, *, bytes_per_ms: int, sample_bytes: int) -> None:
        self._gaps = find(faults, FaultName.GAPS)
        self._sizes = find(faults, FaultName.SIZES)
        self._dice = _dice(seed, FaultName.SIZES)
        self._bytes_per_ms = bytes_per_ms
        self._sample_bytes = sample_bytes
        self._silent_ms = 0
        self._held = b""
        self._wanted = self._size()

    def feed(self, frame: Frame) -> list[Frame]:
        """The frames to be sent now that `frame` was spoken."""
        if self._gaps is not None:
            length_ms = len(frame.payload) // self._bytes_per_ms
            self._silent_ms = self._silent_ms + length_ms if frame.silent else 0
            if self._silent_ms > self._gaps.ms("after"):
                return []
        return [frame] if self._sizes is None else self._cut(frame)

    def _cut(self, frame: Frame) -> list[Frame]:
        self._held += frame.payload
        pieces: list[Frame] = []
        while len(self._held) >= self._wanted:
            piece, self._held = self._held[: self._wanted], self._held[self._wanted :]
            # Carriers stamp a message with when it begins; ours by when twenty milliseconds from then are over.
            begun_ms = frame.at_ms - (len(piece) + len(self._held)) // self._bytes_per_ms
            index = frame.index * _PIECES + len(pieces)
            pieces.append(replace(frame, index=index, at_ms=begun_ms + FRAME_MS, payload=piece))
            self._wanted = self._size()
        return pieces

    def _size(self) -> int:
        if self._sizes is None:
            return 0
        drawn = self._dice.randint(self._sizes.ms("least"), self._sizes.ms("most"))
        return max(self._sample_bytes, drawn - drawn % self._sample_bytes)


class MessageFaults:
    """Loses, doubles, damages, delays and shuffles one stream's media messages."""

    def __init__(self, faults: Sequence[Fault], seed: int, *, start_ms: int) -> None:
        self._faults = {fault.name: fault for fault in faults}
        self._dices = {name: _dice(seed, name) for name in self._faults}
        self._start_ms = start_ms
        self._window: list[Outgoing] = []
        self._queue: deque[tuple[int, Outgoing]] = deque()
        self._last_ms = start_ms

    def push(self, outgoing: Outgoing, now_ms: int) -> None:
        """A message is to leave."""
        if self._strikes(FaultName.LOSS):
            return
        copies = 2 if self._strikes(FaultName.DUPLICATE) else 1
        self._window += [self._damaged(outgoing)] * copies
        reorder = self._faults.get(FaultName.REORDER)
        if reorder is None or len(self._window) >= reorder.ms("window"):
            self._close_window(now_ms)

    def release(self, now_ms: int) -> list[Outgoing]:
        """The messages that leave now."""
        released = []
        while self._queue and self._queue[0][0] <= now_ms:
            released.append(self._queue.popleft()[1])
        return released

    def next_deadline_ms(self) -> int | None:
        """When to call `release` again, or None while nothing waits."""
        return self._queue[0][0] if self._queue else None

    def flush(self) -> list[Outgoing]:
        """All that is left, whenever it was due."""
        self._close_window(self._last_ms)
        left = [outgoing for _, outgoing in self._queue]
        self._queue.clear()
        return left

    def _strikes(self, name: FaultName) -> bool:
        fault = self._faults.get(name)
        return fault is not None and self._dices[name].random() < fault.values["share"]

    def _damaged(self, outgoing: Outgoing) -> Outgoing:
        if self._strikes(FaultName.TRUNCATE):
            kept = self._dices[FaultName.TRUNCATE].randrange(len(outgoing.message))
            return replace(outgoing, payload=b"", message=outgoing.message[:kept])
        if self._strikes(FaultName.MALFORMED):
            return replace(outgoing, payload=b"", message=self._dices[FaultName.MALFORMED].choice(_NONSENSE))
        return outgoing

    def _close_window(self, now_ms: int) -> None:
        window, self._window = self._window, []
        if FaultName.REORDER in self._faults:
            self._dices[FaultName.REORDER].shuffle(window)
        for outgoing in window:
            # One TCP connection: what was sent later cannot arrive earlier.
            self._last_ms = max(self._last_ms, self._leaves_ms(now_ms))
            self._queue.append((self._last_ms, outgoing))

    def _leaves_ms(self, now_ms: int) -> int:
        leaves_ms = now_ms
        if (jitter := self._faults.get(FaultName.JITTER)) is not None:
            leaves_ms += self._dices[FaultName.JITTER].randint(0, jitter.ms("ms"))
        if (burst := self._faults.get(FaultName.BURST)) is not None:
            leaves_ms = self._after(leaves_ms, 0, burst.ms("hold"), burst.ms("every"))
        if (stall := self._faults.get(FaultName.STALL)) is not None:
            leaves_ms = self._after(leaves_ms, stall.ms("at"), stall.ms("ms"), stall.ms("every"))
        return leaves_ms

    def _after(self, at_ms: int, begin_ms: int, length_ms: int, every_ms: int) -> int:
        """`at_ms`, or the end of the outage that it falls into; 0 for one that is not repeated."""
        since_ms = at_ms - self._start_ms - begin_ms
        if since_ms < 0:
            return at_ms
        into_ms = since_ms % every_ms if every_ms else since_ms
        return at_ms + length_ms - into_ms if into_ms < length_ms else at_ms


class Delays:
    """Draws how late something comes that is on time without the fault."""

    def __init__(self, faults: Sequence[Fault], name: FaultName, seed: int) -> None:
        fault = find(faults, name)
        self._most_ms = fault.ms("ms") if fault is not None else 0
        self._dice = _dice(seed, name)

    def next_ms(self) -> int:
        """Milliseconds, 0 without the fault."""
        return self._dice.randint(0, self._most_ms) if self._most_ms else 0
