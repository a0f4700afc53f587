"""What the demo found out about its calls, and whether that is as it should be. Sans-I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.calls import Carrier
from gateway.demo.delays import Delays

AT_KALLGLOT = 0.95
"""Least likeness: G.711 leaves more than 0.99 of a sentence; one frame lost in the middle leaves 0.8 of it."""
AT_THE_CALLER = 0.9
"""Likewise, for a listener who bears with a play-out that stumbles by a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call when it was over."""

    carrier: Carrier
    codec: str
    trouble: str = ""
    """Why the call never got to a media stream, "" where it did."""
    setup_ms: Mapping[str, float]
    """By stage."""
    frames_in: int
    frames_out: int
    gap_frames: int
    concealed_ms: int
    dropped: Mapping[str, int]
    """Audio messages that the gateway threw away, by why."""
    underruns: int
    """Times the carrier had nothing to play in the middle of what was said."""
    uplink: Delays | None
    downlink: Delays | None
    spoken_s: float
    """Speech that the caller uttered."""
    heard_s: float
    """Speech that the caller heard."""
    kallglot_likeness: float
    """Of what Kallglot received to what was said."""
    caller_likeness: float
    """Of what the caller heard to what was said."""
    complaints: tuple[str, ...]
    """What the carrier held against the gateway."""
    session_ended: bool
    caller_wav: Path
    """What the caller heard."""
    kallglot_wav: Path
    """What Kallglot heard."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to be so."""

    claim: str
    wrong: str
    """What is the matter instead, "" where it holds."""

    @property
    def holds(self) -> bool:
        """Whether it is so."""
        return not self.wrong


def check_all(outcomes: Sequence[Outcome], calls_left: int) -> list[Check]:
    """Everything that a good demo shows; `calls_left` is how many calls the ledger still holds."""
    ledger = Check("the ledger is empty", f"the ledger still holds {calls_left} call(s)" if calls_left else "")
    return [check for outcome in outcomes for check in _checks(outcome)] + [ledger]


def _checks(call: Outcome) -> list[Check]:
    if call.trouble:
        return [Check(f"{call.carrier}: connected", f"{call.carrier}: {call.trouble}")]
    findings = {
        "connected": "",
        "no complaints": "; ".join(call.complaints),
        "no gaps": _gaps(call),
        "nothing dropped": ", ".join(f"{count} × {why} dropped" for why, count in call.dropped.items()),
        "Kallglot heard what was said": _unlike("Kallglot received", call.kallglot_likeness, AT_KALLGLOT),
        "the caller heard it said back": _unlike("the caller heard", call.caller_likeness, AT_THE_CALLER),
        "the session was ended": "" if call.session_ended else "its Kallglot session is still open",
    }
    return [
        Check(f"{call.carrier}: {claim}", wrong and f"{call.carrier}: {wrong}") for claim, wrong in findings.items()
    ]


def _gaps(call: Outcome) -> str:
    if not call.gap_frames and not call.concealed_ms:
        return ""
    return f"{call.gap_frames} frames missing, {call.concealed_ms} ms of silence put in"


def _unlike(what: str, likeness: float, least: float) -> str:
    if likeness >= least:
        return ""
    return f"what {what} is not what was said: likeness {likeness:.2f}, at least {least} is expected"
