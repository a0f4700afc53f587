"""A carrier's end of a call, in the messages of its own wire."""

import base64
import json

from gateway.audio.formats import PCMU_8K, ByteOrder
from gateway.bridge.carrier_leg import CarrierLeg
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.uplink import UplinkPolicy
from gateway.calls import Carrier
from gateway.carriers.base import MediaStarted
from gateway.carriers.telnyx.media import TelnyxMedia
from gateway.carriers.twilio.media import TwilioMedia
from gateway.telemetry.blackbox import BlackBox, EventKind, decode
from gateway.telemetry.counts import CallCounts
from tests.bridge.around import monitor
from tests.bridge.caller_frames import spoken
from tests.bridge.far_end import Ears
from tests.carriers.wire import read
from tests.fakes.clock import FakeClock
from tests.fakes.sockets import FakeSocket


def media(number: int, payload: bytes | None = None) -> bytes:
    """A frame as both carriers write it."""
    body = {
        "track": "inbound",
        "chunk": str(number),
        "timestamp": str(number * 20),
        "payload": base64.b64encode(spoken(number) if payload is None else payload).decode(),
    }
    return json.dumps({"event": "media", "media": body}).encode()


class Caller:
    """A leg, its socket, and whom it tells."""

    def __init__(self, carrier: Carrier = Carrier.TWILIO, *, started: bool = True, stall_ms: int = 200) -> None:
        self.carrier, self.stall_ms = carrier, stall_ms
        self.socket, self.ears, self.counts, self.clock = FakeSocket(), Ears(), CallCounts(), FakeClock()
        dialect = TwilioMedia() if carrier is Carrier.TWILIO else TelnyxMedia(PCMU_8K, ByteOrder.BIG)
        self.box = BlackBox(self.clock.unix_ms())
        followed = monitor(self.clock, self.counts, self.box)
        self.leg = CarrierLeg(self.socket, dialect, self.ears, self.counts, self.clock, followed)
        if started:
            self.begins()

    def begins(self) -> None:
        """The carrier says `start`, and the call is told to begin."""
        self.says("start")
        [started] = [event for event in self.ears.events if isinstance(event, MediaStarted)]
        self.leg.start(started.format, UplinkPolicy(stall_ms=self.stall_ms), PacingPolicy(), epoch=1)

    def flows(self) -> None:
        """Frames come for a while, the last of a chunk just now."""
        for number in range(1, 56):
            self.clock.advance(20)
            self.leg.media_messages([media(number)])

    def says(self, *names: str) -> None:
        for name in names:
            self.leg.media_messages([read(f"{self.carrier}/{name}.json")])

    @property
    def noted(self) -> list[tuple[EventKind, str]]:
        """What the black box was told."""
        return [(event.kind, event.detail) for event in decode(self.box.encode()).events]

    @property
    def heard(self) -> bytes:
        """What was sent to be played."""
        sent = [json.loads(message) for message in self.socket.sent]
        return b"".join(base64.b64decode(m["media"]["payload"]) for m in sent if m["event"] == "media")
