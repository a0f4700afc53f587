from gateway.calls import Carrier
from gateway.simulator.dialect import Complaint
from gateway.simulator.report import (
    Callback,
    CallEvent,
    CallReport,
    EndedBy,
    EventKind,
    Logbook,
    Refusal,
    describe,
)


def _report() -> CallReport:
    return CallReport(Carrier.TWILIO, "CA1", "PCMU")


def test_an_empty_report_reads_well() -> None:
    """A call that came to nothing says so, without a line for what there was none of."""
    assert describe(_report()) == [
        "twilio call CA1 (PCMU), ended by document_end after 0.0 s",
        "verbs: none",
        "webhook answered: never, media connected: never, first audio: never",
        "sent 0 frames, 0 bytes; received 0 frames, 0 bytes",
        "heard 0.0 s, 0.0 s of it sound; 0 underruns, 0 marks played, 0 cleared, 0 clears",
    ]


def test_a_full_report_tells_everything() -> None:
    """One plain line for each thing that went wrong."""
    report = _report()
    report.ended_by = EndedBy.CALLER
    report.webhook_ms, report.media_connected_ms, report.first_audio_ms = 12, 30, 250
    report.verbs = [("Connect", "wss://" + "x" * 100), ("Hangup", "")]
    report.said = ["Goodbye"]
    report.webhook_statuses = [200, 403]
    report.refused_media = [Refusal(403, "31920")]
    report.close_codes = [1006]
    report.callbacks = [Callback("completed", 204)]
    report.complaints = [Complaint("31951", "no streamSid")]
    lines = describe(report)
    assert lines[1] == "verbs: Connect wss://" + "x" * 53 + "…, Hangup"
    assert lines[2] == "webhook answered: 12 ms, media connected: 30 ms, first audio: 250 ms"
    assert lines[5:] == [
        "said: Goodbye",
        "webhook refused: HTTP 403",
        "media refused: 31920 (HTTP 403)",
        "media closed with 1006",
        "callback completed: HTTP 204",
        "complaint 31951: no streamSid",
    ]


def test_the_logbook_counts_from_the_calls_start() -> None:
    """A display gets the time of the call and what was sent and heard so far."""
    events: list[CallEvent] = []
    report = _report()
    log = Logbook(report, events.append, now_ms=1000)
    log.sent_ms = 40
    report.played_ms = 60
    log.complain(Complaint("31951", "no streamSid"), 1250)
    assert events == [CallEvent(EventKind.COMPLAINT, "31951: no streamSid", at_ms=250, sent_ms=40, heard_ms=60)]
    assert report.complaints == [Complaint("31951", "no streamSid")]


def test_nobody_has_to_watch() -> None:
    """Without a display the report is kept all the same."""
    log = Logbook(_report(), None, now_ms=0)
    log.complain(Complaint("a", "b"), 1)
    assert log.report.complaints == [Complaint("a", "b")]
