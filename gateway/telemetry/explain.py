"""What probably happened to a call, in a sentence, and what to do about it. Sans-I/O.

Asked of a call's recording, its end and its figures. Rules are tried in order, from what ended the call to what
only made it worse to listen to; the first that knows something answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.calls import EndReason
from gateway.telemetry.blackbox import EventKind, Recording
from gateway.telemetry.carrier_codes import CARRIER_CODES, code_of
from gateway.telemetry.explanations import ENDS, FLAGS, Explanation

_LOSS_SHARE = 0.01
"""Of the caller's frames: beyond it, gaps are heard (E-model: R falls by 18)."""
_RESTLESS_TENTHS_MS = 400
"""40 ms of jitter: two frames."""
_FRAMES_A_SECOND = 50
"""Of 20 ms, in which gaps are counted; a carrier's messages may be of any length."""
_PATIENCE_FRAMES = 5 * _FRAMES_A_SECOND
"""Whoever hangs up earlier has not waited for an answer."""
_OFTEN = 3
"""Stalls or underruns that are no accident any more."""


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of a call."""

    recording: Recording
    reason: EndReason | None
    """None while the call goes on."""
    figures: Mapping[str, int]
    """`CallCounts`' plain figures, by name; what is missing is 0."""

    def details(self, kind: EventKind) -> list[str]:
        """What was noted with each event of a kind."""
        return [event.detail for event in self.recording.events if event.kind is kind]

    def saw(self, kind: EventKind) -> bool:
        """It happened."""
        return any(event.kind is kind for event in self.recording.events)

    def figure(self, name: str) -> int:
        """A figure of the call."""
        return self.figures.get(name, 0)

    def caller_frames(self) -> int:
        """How many there should have been of the caller; of a call without one whole second, about so many."""
        seconds = sum(second.span_s for second in self.recording.seconds)
        return _FRAMES_A_SECOND * seconds or self.figure("frames_in") + self.figure("gap_frames")


Rule = Callable[[Case], Explanation | None]


def explain(recording: Recording, reason: EndReason | None, figures: Mapping[str, int]) -> Explanation:
    """The likely cause of how a call went; `reason` is None while it goes on."""
    case = Case(recording, reason, figures)
    for rule in _RULES:
        explanation = rule(case)
        if explanation is not None:
            return explanation
    return _nothing_wrong(case)


_STREAM_ENDS = frozenset(
    {
        EndReason.MEDIA_LOST,
        EndReason.MEDIA_SILENT,
        EndReason.MEDIA_MISSING,
        EndReason.MEDIA_INVALID,
        EndReason.RESUMED_TOO_OFTEN,
    }
)
"""Those about which the carrier knows more than we do."""

_KALLGLOT_ENDS = frozenset({EndReason.SESSION_ERROR, EndReason.SESSION_REFUSED, EndReason.KALLGLOT_UNAVAILABLE})


def _carrier_ended_it(case: Case) -> Explanation | None:
    return _carrier_said(case) if case.reason in _STREAM_ENDS else None


def _carrier_said(case: Case) -> Explanation | None:
    for detail in reversed(case.details(EventKind.CARRIER_FAULT)):
        code = code_of(detail)
        known = CARRIER_CODES.get(code)
        if known is not None:
            return Explanation(f"The carrier reported that {known.meaning} ({code}).", known.advice)
    return None


def _kallglot_ended_it(case: Case) -> Explanation | None:
    codes = case.details(EventKind.SESSION_REFUSED) + case.details(EventKind.KALLGLOT_ERROR)
    if case.reason not in _KALLGLOT_ENDS or not codes:
        return None
    if codes[-1] == "insufficient_api_credits":
        return Explanation("Kallglot refused the session: the account has no credits left.", "Buy credits at Kallglot.")
    if codes[-1] == "invalid_api_key":
        return Explanation(
            "Kallglot refused the session: the API key is not valid.", "Set kallglot.api_key, and run `gateway check`."
        )
    if codes[-1] == "stream_refused":
        return Explanation(
            "Kallglot created the session but refused its stream, also with a fresh token.",
            "Look for stream_refused in the log: it has Kallglot's words and its request id, to be asked about.",
        )
    known = ENDS[case.reason]
    return Explanation(f"{known.cause.rstrip('.')} ({codes[-1]}).", known.advice)


def _end_explains_it(case: Case) -> Explanation | None:
    return ENDS.get(case.reason) if case.reason is not None else None


def _flag_was_up(case: Case) -> Explanation | None:
    seen = frozenset(case.details(EventKind.FLAG))
    return next((explanation for flag, explanation in FLAGS if flag in seen), None)


def _never_answered(case: Case) -> Explanation | None:
    if case.reason is None or case.caller_frames() < _PATIENCE_FRAMES or case.saw(EventKind.FIRST_AUDIO_OUT):
        return None
    if not case.saw(EventKind.READY):
        return Explanation(
            "The caller was connected but Kallglot never became ready.",
            "See gateway_setup_stage_seconds for session_ready; callers who wait for seconds hang up.",
        )
    return Explanation(
        "Kallglot was ready and heard the caller, but never said anything.",
        "Look at the session's transcript: if it is not empty, ask Kallglot about its voice output.",
    )


def _came_back(case: Case) -> Explanation | None:
    if case.saw(EventKind.STREAM_LOST):
        return Explanation(
            "The stream to Kallglot was lost in the middle, and the caller heard silence until it was back.",
            "See gateway_kallglot_stream_reconnects_total; if it repeats, look at the network towards Kallglot.",
        )
    if case.saw(EventKind.RESUMED):
        return Explanation(
            "The media socket was lost in the middle and the call went on over a new one.",
            "A drain or a replaced replica does this; without one, look for proxies that cut connections.",
        )
    return None


def _lossy(case: Case) -> Explanation | None:
    gaps = case.figure("gap_frames")
    if gaps > _LOSS_SHARE * case.caller_frames():
        return Explanation(
            f"The caller's audio was lost on its way to us: {gaps} frames of 20 ms are missing.",
            "The carrier dropped it or never had it: see its call quality report, and gateway_event_loop_lag_seconds.",
        )
    if case.figure("stalls") >= _OFTEN or _jitter_tenths_ms(case.recording) >= _RESTLESS_TENTHS_MS:
        return Explanation(
            "The caller's audio came in fits and starts.",
            "The network between carrier and gateway is congested or loses packets: bring them closer to each other.",
        )
    if case.figure("underruns") >= _OFTEN:
        return Explanation(
            f"The carrier ran out of Kallglot's audio {case.figure('underruns')} times in the middle of an utterance.",
            "Kallglot, or the network towards it, was slower than speech; a longer media.lead_ms hides some of it.",
        )
    return None


def _jitter_tenths_ms(recording: Recording) -> int:
    return max((second.jitter_tenths_ms for second in recording.seconds), default=0)


def _nothing_wrong(case: Case) -> Explanation:
    if case.reason is None:
        return Explanation("The call goes on, and nothing is wrong with it.", "Nothing.")
    if case.reason is EndReason.SESSION_ENDED:
        return Explanation("Kallglot ended the session, as it does when its work is done.", "Nothing.")
    if not case.recording.events:
        return Explanation(
            "The caller hung up; nothing was kept of how the call went.",
            "Nothing; telemetry.keep_calls_h says how long calls can be explained.",
        )
    if not case.saw(EventKind.MEDIA_STARTED):
        return Explanation("The caller hung up before any audio came.", "Nothing, unless there are many of them.")
    return Explanation("The caller hung up, and nothing was wrong with the call.", "Nothing.")


_RULES: tuple[Rule, ...] = (
    _carrier_ended_it,
    _kallglot_ended_it,
    _end_explains_it,
    _flag_was_up,
    _never_answered,
    _came_back,
    _lossy,
    _carrier_said,
)
