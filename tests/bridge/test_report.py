import msgspec
import pytest
from msgspec import structs

from gateway.bridge.report import CallReport, of_past_call
from gateway.calls import EndReason
from gateway.errors import RecordingError
from gateway.telemetry.blackbox import EventKind
from tests.store.past_calls import BEGAN_MS, past_call


def test_a_past_call_is_told_with_its_likely_cause() -> None:
    report = of_past_call(past_call(reason=EndReason.MEDIA_LOST), BEGAN_MS + 99_000)
    assert report.cause == "The carrier's media socket broke and the caller did not come back."
    assert (report.state, report.seconds, report.end_reason) == ("over", 9.0, EndReason.MEDIA_LOST)
    assert [moment.event for moment in report.timeline][-1] is EventKind.END
    assert [second.at_ms for second in report.each_second] == [1_000]
    assert report.figures["frames_in"] == 450


def test_it_survives_json() -> None:
    """What the admin listener answers is what the command prints."""
    report = of_past_call(past_call(), BEGAN_MS)
    assert msgspec.json.decode(msgspec.json.encode(report), type=CallReport) == report


def test_another_version_s_recording_is_said_to_be_one() -> None:
    with pytest.raises(RecordingError, match="version 9"):
        of_past_call(structs.replace(past_call(), box=b"\x91\x09"), BEGAN_MS)
