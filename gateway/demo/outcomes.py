"""What became of a call of the demo, put together from all that saw it; writes what each side heard."""

import audioop
from collections.abc import Mapping
from pathlib import Path

from gateway.demo.calls import DemoCall
from gateway.demo.checks import Outcome
from gateway.demo.delays import Stamps, added_ms, summarize, whole
from gateway.demo.similarity import RATE_HZ, find, follow, sound_s
from gateway.demo.trouble import trouble
from gateway.demo.world import SPEAKER
from gateway.errors import ConfigError
from gateway.sandbox.journal import Journal
from gateway.simulator.report import CallReport
from gateway.simulator.speech import load, wav
from gateway.telemetry.counts import CallCounts


def conclude(call: DemoCall, report: CallReport, webhook_ms: Mapping[str, float], out: Path) -> Outcome:
    """How it went; `webhook_ms` are the stages of its set-up before there was a media socket.

    Raises:
        ConfigError: what was heard cannot be written into `out`.
    """
    counts = call.relay.counts if call.relay is not None else CallCounts()
    socket_ms = {str(stage): float(ms) for stage, ms in call.relay.setup_ms.items()} if call.relay is not None else {}
    journal = call.session.journal if call.session is not None else Journal(keep_audio=True)
    said = load(call.sentence.path, RATE_HZ)
    at_kallglot = audioop.ulaw2lin(journal.audio(SPEAKER), 2)
    return Outcome(
        carrier=call.carrier,
        codec=call.codec,
        trouble=trouble(report),
        setup_ms={**webhook_ms, **socket_ms},
        frames_in=report.frames_sent,
        frames_out=report.frames_received,
        gap_frames=counts.gap_frames,
        concealed_ms=counts.concealed_ms,
        dropped={f"{direction}_{why}": count for (direction, why), count in counts.dropped.items()},
        underruns=report.underruns,
        uplink=summarize(added_ms(report.sent_ns, whole(_arrivals(journal)))),
        downlink=summarize(added_ms(_departures(journal), report.received_ns)),
        spoken_s=sound_s(said),
        heard_s=sound_s(report.heard),
        kallglot_likeness=find(said, at_kallglot).likeness,
        caller_likeness=follow(said, report.heard).likeness,
        complaints=tuple(f"{complaint.code}: {complaint.detail}" for complaint in report.complaints),
        session_ended=call.session_ended,
        caller_wav=_write(out / f"{call.carrier}-caller-heard.wav", report.heard),
        kallglot_wav=_write(out / f"{call.carrier}-kallglot-heard.wav", at_kallglot),
    )


def _arrivals(journal: Journal) -> Stamps:
    """When Kallglot got each message of the caller's audio; there is one socket, and one speaker on it."""
    return journal.received[0].arrivals_ns if journal.received else ()


def _departures(journal: Journal) -> Stamps:
    """When Kallglot sent each message of its own."""
    stamps: list[tuple[int, int]] = []
    end = 0
    for sent in journal.sent:
        end += len(sent.payload)
        stamps.append((end, sent.at_ns))
    return stamps


def _write(path: Path, linear: bytes) -> Path:
    try:
        path.write_bytes(wav(linear, RATE_HZ))
    except OSError as exc:
        raise ConfigError([f"--out: {path} cannot be written: {exc.strerror}"]) from exc
    return path
