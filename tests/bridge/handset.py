"""A caller's ear: what a downlink sends to a carrier, taken apart and played in real time."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder
from gateway.bridge.downlink import Downlink, Said
from gateway.bridge.pacing import PacingPolicy
from gateway.carriers.base import MediaDialect
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from gateway.telemetry.counts import CallCounts

_DATA = Path(__file__).parent.parent / "data"


def twilio() -> MediaDialect:
    """Twilio's messages, of a stream that has started."""
    dialect = TwilioMedia()
    dialect.decode((_DATA / "twilio" / "start.json").read_bytes())
    return dialect


def telnyx(outgoing: AudioFormat = PCMU_8K) -> MediaDialect:
    """Telnyx' messages."""
    return TelnyxMedia(outgoing, ByteOrder.BIG)


@dataclass
class Handset:
    """Plays what a downlink sends, and looks after the downlink when it asks for it."""

    dialect: MediaDialect = field(default_factory=twilio)
    policy: PacingPolicy = field(default_factory=PacingPolicy)
    now_ms: int = 1_000
    late_ms: int = 0
    """How late it comes round, each time."""

    said: Said = lambda _ulaw, _now_ms: None
    """Who else hears it."""
    is_slow: bool = False
    """The carrier is never ready when something is said: it is sent a moment later."""

    def __post_init__(self) -> None:
        self.counts = CallCounts()
        self.downlink = Downlink(self.dialect, self.policy, self.counts, epoch=1, said=self.said)
        self.payloads: list[bytes] = []
        self.marks: list[tuple[str, int]] = []
        """Names, and after how much audio they were sent."""
        self.clears = 0
        self.full_until_ms = 0
        self.most_held_ms = 0.0

    @property
    def heard(self) -> bytes:
        """All audio that was sent."""
        return b"".join(self.payloads)

    def say(self, *payloads: bytes, source: AudioFormat = PCMU_8K, every_ms: int = 0) -> None:
        """Kallglot says this."""
        for payload in payloads:
            self.wait(every_ms)
            if self.is_slow:
                try:
                    self.downlink.feed(payload, source, self.now_ms)
                finally:
                    self.look()
            else:
                self._take(self.downlink.say(payload, source, self.now_ms))

    def look(self) -> None:
        """Take what is due."""
        self._take(self.downlink.tick(self.now_ms))

    def wait(self, ms: int) -> None:
        """Let time pass."""
        until_ms = self.now_ms + ms
        while (due_ms := self.downlink.next_deadline_ms()) is not None and due_ms + self.late_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms + self.late_ms)
            self.look()
            later_ms = self.downlink.next_deadline_ms()
            assert later_ms is None or later_ms > self.now_ms, "a downlink that was looked after must not ask at once"
        self.now_ms = until_ms

    def interrupt(self) -> None:
        """The caller cuts in."""
        self._take(self.downlink.clear(self.now_ms))

    def _take(self, messages: list[bytes]) -> None:
        per_second = self.dialect.outgoing.bytes_per_second
        assert per_second is not None
        for message in messages:
            match json.loads(message):
                case {"event": "media", "media": {"payload": payload}}:
                    audio = base64.b64decode(payload)
                    self.payloads.append(audio)
                    self.full_until_ms = max(self.full_until_ms, self.now_ms) + len(audio) * 1000 // per_second
                    self.most_held_ms = max(self.most_held_ms, self.full_until_ms - self.now_ms)
                case {"event": "mark", "mark": {"name": name}}:
                    self.marks.append((name, len(self.heard)))
                case {"event": "clear"}:
                    self.clears += 1
                    self.full_until_ms = self.now_ms
                case other:
                    raise AssertionError(f"{other} is nothing a carrier takes")
