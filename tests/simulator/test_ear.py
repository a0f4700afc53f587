import base64
import json

from gateway.audio.formats import PCMU_8K
from gateway.calls import Carrier
from gateway.simulator.dialect import Leg
from gateway.simulator.ear import Ear
from gateway.simulator.fault_specs import FaultName, parse_fault
from gateway.simulator.faults import Delays
from gateway.simulator.markup import Stream
from gateway.simulator.playout import Playout
from gateway.simulator.report import CallReport, Logbook, StreamTimes
from gateway.simulator.twilio.carrier import TwilioCarrier

CARRIER = TwilioCarrier(Leg("CA1", "AC1", "+14155550100", "+14155551234"), None)


class Heard:
    """An ear at time 0, and what came to it."""

    def __init__(self, *faults: str) -> None:
        self.report = CallReport(Carrier.TWILIO, "CA1", "PCMU", streams=[StreamTimes(0, 0)])
        self.arrived: list[bytes] = []
        self.played: list[bytes] = []
        self.ear = Ear(
            CARRIER.stream("MZ1", CARRIER.terms(Stream("wss://x/m"), PCMU_8K)),
            Playout(bytes_per_ms=8, now_ms=0),
            Logbook(self.report, None, now_ms=0),
            Delays([parse_fault(fault) for fault in faults], FaultName.LATE_MARKS, 1),
            arrived=lambda payload, _: self.arrived.append(payload),
            played=lambda played: self.played.append(played.payload),
        )

    def take(self, now_ms: int, event: str, **body: object) -> list[str]:
        replies = self.ear.take(json.dumps({"event": event, "streamSid": "MZ1", **body}), now_ms)
        return [json.loads(reply)["mark"]["name"] for reply in replies]

    def media(self, now_ms: int, payload: bytes) -> list[str]:
        return self.take(now_ms, "media", media={"payload": base64.b64encode(payload).decode()})


def test_a_mark_comes_back_when_the_audio_before_it_was_played() -> None:
    """Not when it was received."""
    heard = Heard()
    assert heard.media(0, bytes(160)) == []
    assert heard.take(0, "mark", mark={"name": "m"}) == []
    assert heard.ear.next_deadline_ms() == 20
    assert heard.ear.due(19) == []
    [echo] = heard.ear.due(20)
    assert json.loads(echo)["mark"] == {"name": "m"}
    assert heard.ear.next_deadline_ms() is None
    assert (heard.arrived, b"".join(heard.played)) == ([bytes(160)], bytes(160))
    assert (heard.report.marks, heard.report.first_audio_ms) == (["m"], 0)


def test_late_marks_come_late_and_in_order() -> None:
    """A carrier with that fault echoes by chance, never one before the other."""
    heard = Heard("late_marks:ms=500")
    for number in range(10):
        heard.take(0, "mark", mark={"name": str(number)})
    first_ms = heard.ear.next_deadline_ms()
    assert first_ms is not None
    assert heard.ear.due(first_ms - 1) == []
    echoed = [json.loads(echo)["mark"]["name"] for echo in heard.ear.due(500)]
    assert echoed == [str(number) for number in range(10)]


def test_a_clear_brings_marks_back_unplayed() -> None:
    """Twilio's echo does not say so; the report does."""
    heard = Heard()
    heard.media(0, bytes(800))
    heard.take(0, "mark", mark={"name": "m"})
    assert heard.take(10, "clear") == ["m"]
    assert heard.ear.queued_ms == 0
    assert (heard.report.cleared_marks, heard.report.clears) == (["m"], 1)


def test_what_is_wrong_is_held_against_the_gateway() -> None:
    """And the stream goes on."""
    heard = Heard()
    assert heard.take(0, "hello") == []
    assert [complaint.code for complaint in heard.report.complaints] == ["31951"]
    heard.media(5, bytes(8))
    heard.ear.close(100)
    assert b"".join(heard.played) == bytes(8)
