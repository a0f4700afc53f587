"""A caller's frames as a carrier numbers them, and the line that brings them to an uplink in time."""

import audioop
from collections.abc import Iterable

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.chunks import BYTES_PER_MS, Chunk
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.carriers.audio import MediaBody
from gateway.telemetry.counts import CallCounts

FRAME_MS = 20

QUIET = b"\xff" * (FRAME_MS * BYTES_PER_MS)
"""A frame of μ-law in which nobody speaks."""

L16_8K = AudioFormat(Encoding.L16, 8000, ByteOrder.BIG)


def spoken(number: int) -> bytes:
    """The 20 ms of μ-law in a frame: no two alike, none silent, and no byte where another frame has it."""
    return (number % 0x7FFFFFFF).to_bytes(4, "big") * 40


def l16(number: int) -> bytes:
    """The same audio as a carrier sends L16."""
    return audioop.byteswap(audioop.ulaw2lin(spoken(number), 2), 2)


def frame(
    number: int,
    payload: bytes | None = None,
    *,
    units_per_ms: int = 1,
    chunk: int | None = None,
    track: str = "inbound",
) -> MediaBody:
    """The frame of a call's `number`th 20 ms, from 1."""
    return MediaBody(
        payload=spoken(number) if payload is None else payload,
        chunk=number if chunk is None else chunk,
        timestamp=151 * units_per_ms + number * FRAME_MS * units_per_ms,
        track=track,
    )


def frames(numbers: Iterable[int], *, units_per_ms: int = 1) -> list[MediaBody]:
    """Frames of these numbers, in this order."""
    return [frame(number, units_per_ms=units_per_ms) for number in numbers]


def speech(numbers: Iterable[int]) -> bytes:
    """What is said in frames of these numbers."""
    return b"".join(spoken(number) for number in numbers)


class Line:
    """Brings frames to an uplink, a frame every 20 ms, and looks after it when it asks for it."""

    def __init__(
        self, source: AudioFormat = PCMU_8K, policy: UplinkPolicy | None = None, *, in_order: bool = True
    ) -> None:
        self.counts = CallCounts()
        self.uplink = Uplink(source, policy or UplinkPolicy(), self.counts, in_order=in_order)
        self.chunks: list[Chunk] = []
        self.now_ms = 1_000

    @property
    def heard(self) -> bytes:
        """All that has come out."""
        return b"".join(chunk.ulaw for chunk in self.chunks)

    def carry(self, *bodies: MediaBody, every_ms: int = FRAME_MS) -> None:
        """Bring frames, each so long after the one before."""
        for body in bodies:
            self.wait(every_ms)
            self.chunks += self.uplink.feed([body], self.now_ms)

    def wait(self, ms: int) -> None:
        """Let time pass without a frame."""
        until_ms = self.now_ms + ms
        while (due_ms := self.uplink.next_deadline_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.chunks += self.uplink.tick(self.now_ms)
            later_ms = self.uplink.next_deadline_ms()
            assert later_ms is None or later_ms > self.now_ms, "an uplink that was looked after must not ask at once"
        self.now_ms = until_ms

    def hang_up(self) -> None:
        """Nothing more comes."""
        self.chunks += self.uplink.flush(self.now_ms)
