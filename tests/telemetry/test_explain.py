import pytest

from gateway.calls import EndReason
from gateway.telemetry.blackbox import BlackBox, EventKind
from gateway.telemetry.blackbox import decode as decoded
from gateway.telemetry.carrier_codes import CARRIER_CODES
from gateway.telemetry.explain import explain
from gateway.telemetry.explanations import ENDS, FLAGS, Explanation

GOOD = (
    (EventKind.WEBHOOK, ""),
    (EventKind.MEDIA_STARTED, ""),
    (EventKind.READY, ""),
    (EventKind.FIRST_AUDIO_IN, ""),
    (EventKind.FIRST_AUDIO_OUT, ""),
)
HUNG_UP = EndReason.CALLER_HUNG_UP


def told(
    *events: tuple[EventKind, str],
    reason: EndReason | None = HUNG_UP,
    jitter_ms: float = 0,
    frame_ms: int = 20,
    **figures: int,
) -> Explanation:
    """The explanation of a call with these events, as long as its audio with what is missing of it."""
    box = BlackBox(0)
    for at_ms, (kind, detail) in enumerate(events):
        box.event(kind, at_ms, detail)
    audio_ms = figures.get("frames_in", 0) * frame_ms + figures.get("gap_frames", 0) * 20
    for second in range(max(1, audio_ms // 1_000)):
        box.second(1_000 * (second + 1), heard_dbov=-30, said_dbov=-30, jitter_ms=jitter_ms)
    return explain(decoded(box.encode()), reason, figures)


def test_a_good_call_is_called_good() -> None:
    """Whoever ended it, and while it goes on."""
    assert told(*GOOD).cause == "The caller hung up, and nothing was wrong with the call."
    assert told(*GOOD, reason=EndReason.SESSION_ENDED).cause.startswith("Kallglot ended the session, as it does")
    assert told(*GOOD, reason=None).cause == "The call goes on, and nothing is wrong with it."
    assert told((EventKind.WEBHOOK, "")).cause == "The caller hung up before any audio came."
    assert explain(decoded(BlackBox(0).encode()), None, {}).advice == "Nothing."


def test_of_a_call_of_which_nothing_was_kept_nothing_is_claimed() -> None:
    """With telemetry.keep_calls_h = 0 only its end is known: there may have been audio for an hour."""
    bare = explain(decoded(BlackBox(0).encode()), HUNG_UP, {})

    assert bare.cause == "The caller hung up; nothing was kept of how the call went."


@pytest.mark.parametrize("reason", sorted(ENDS))
def test_an_end_by_fault_comes_before_everything_else(reason: EndReason) -> None:
    """However bad the line was."""
    events = (*GOOD, (EventKind.FLAG, "dead_air"), (EventKind.STREAM_LOST, ""))
    assert told(*events, reason=reason, gap_frames=500) == ENDS[reason]


@pytest.mark.parametrize("code", sorted(CARRIER_CODES))
def test_a_carrier_says_why_its_stream_failed(code: str) -> None:
    """Its code, in words, with what to do; the reason alone would only say that the socket was lost."""
    lost = told(*GOOD, (EventKind.CARRIER_FAULT, f"{code} - Stream error"), reason=EndReason.MEDIA_LOST)
    assert lost == Explanation(
        f"The carrier reported that {CARRIER_CODES[code].meaning} ({code}).", CARRIER_CODES[code].advice
    )


def test_a_warning_of_the_carrier_explains_a_call_that_nothing_else_does() -> None:
    """But does not hide a worse trouble; the latest known code counts."""
    warned = (
        *GOOD,
        (EventKind.CARRIER_FAULT, "31930"),
        (EventKind.CARRIER_FAULT, "99999"),
        (EventKind.CARRIER_FAULT, ""),
    )
    assert "audio was discarded" in told(*warned).cause
    assert "ran out" in told(*warned, underruns=3).cause
    assert told(*GOOD, (EventKind.CARRIER_FAULT, "99999")).cause.startswith("The caller hung up, and nothing")


def test_a_code_is_found_however_it_is_written() -> None:
    """`31920: Handshake Error`."""
    assert "(31920)" in told((EventKind.CARRIER_FAULT, "31920: Handshake"), reason=EndReason.MEDIA_MISSING).cause


@pytest.mark.parametrize(
    ("code", "words"), [("insufficient_api_credits", "no credits left"), ("invalid_api_key", "API key is not valid")]
)
def test_a_refusal_that_the_operator_can_end_is_said_plainly(code: str, words: str) -> None:
    assert words in told((EventKind.SESSION_REFUSED, code), reason=EndReason.SESSION_REFUSED).cause


def test_a_refused_stream_is_not_taken_for_a_session_that_was_not_created() -> None:
    """The session was there: its body is not what an operator has to look at."""
    happened = ((EventKind.SESSION_CREATED, ""), (EventKind.KALLGLOT_ERROR, "stream_refused"))
    explanation = told(*happened, reason=EndReason.SESSION_REFUSED)
    assert "refused its stream" in explanation.cause
    assert "gateway route" not in explanation.advice


def test_another_code_of_kallglots_is_quoted() -> None:
    """For whoever asks Kallglot; on a call that ended well it explains nothing."""
    failed = (*GOOD, (EventKind.KALLGLOT_ERROR, "agent_not_found"))
    known = ENDS[EndReason.SESSION_ERROR]
    assert told(*failed, reason=EndReason.SESSION_ERROR).cause == f"{known.cause.rstrip('.')} (agent_not_found)."
    assert told(*failed).cause.startswith("The caller hung up, and nothing")


@pytest.mark.parametrize(("detail", "expected"), FLAGS, ids=[flag for flag, _ in FLAGS])
def test_a_flag_is_the_cause_although_it_is_over(detail: str, expected: Explanation) -> None:
    """The caller remembers it."""
    assert told(*GOOD, (EventKind.FLAG, detail), (EventKind.FLAG_OVER, detail), gap_frames=50) == expected


def test_of_several_flags_the_worst_is_told() -> None:
    """Hiss is clipped, too, and nobody answers to it."""
    flags = [(EventKind.FLAG, flag) for flag in ("clipping in", "dead_air", "wrong_companding in")]
    assert "A-law" in told(*GOOD, *flags).cause


def test_a_caller_who_was_never_answered() -> None:
    """Because Kallglot was not there, or because it said nothing; not where the caller hardly waited."""
    without_ready = [(kind, "") for kind in (EventKind.MEDIA_STARTED, EventKind.FIRST_AUDIO_IN)]
    assert "never became ready" in told(*without_ready, frames_in=300).cause
    assert "never said anything" in told(*without_ready, (EventKind.READY, ""), frames_in=300).cause
    assert "never" not in told(*without_ready, frames_in=100).cause
    assert "never" not in told(*without_ready, frame_ms=10, frames_in=300).cause
    assert "goes on" in told(*without_ready, reason=None, frames_in=300).cause


@pytest.mark.parametrize(
    ("kind", "words"),
    [(EventKind.STREAM_LOST, "stream to Kallglot was lost"), (EventKind.RESUMED, "went on over a new")],
)
def test_a_call_that_was_cut_in_the_middle(kind: EventKind, words: str) -> None:
    assert words in told(*GOOD, (kind, "")).cause


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"frames_in": 970, "gap_frames": 30}, "30 frames of 20 ms are missing"),
        ({"frames_in": 995, "gap_frames": 5, "stalls": 3}, "fits and starts"),
        ({"frames_in": 1000, "underruns": 4}, "4 times in the middle of an utterance"),
        ({"frames_in": 995, "gap_frames": 5, "stalls": 2, "underruns": 2}, "nothing was wrong"),
    ],
    ids=["loss", "stalls", "underruns", "a little of each"],
)
def test_a_bad_line_is_told_by_its_figures(figures: dict[str, int], words: str) -> None:
    assert words in told(*GOOD, reason=HUNG_UP, jitter_ms=0, **figures).cause


@pytest.mark.parametrize(
    ("frame_ms", "frames_in", "gap_frames", "is_lossy"),
    [(10, 9_850, 75, True), (60, 1_650, 40, False), (20, 4_900, 60, True)],
)
def test_what_is_missing_is_set_against_the_callers_time(
    frame_ms: int, frames_in: int, gap_frames: int, *, is_lossy: bool
) -> None:
    """Gaps are counted in frames of 20 ms, and no carrier has to send such ones: of 10 ms half the loss was told."""
    found = told(*GOOD, frame_ms=frame_ms, frames_in=frames_in, gap_frames=gap_frames)

    assert ("are missing" in found.cause) is is_lossy


def test_a_call_of_less_than_a_second_is_judged_by_its_messages() -> None:
    """No second of it was recorded."""
    box = BlackBox(0)
    box.event(EventKind.MEDIA_STARTED, 0)
    found = explain(decoded(box.encode()), HUNG_UP, {"frames_in": 40, "gap_frames": 3})

    assert "3 frames of 20 ms are missing" in found.cause


def test_a_restless_network_is_told_by_its_jitter() -> None:
    """Two frames of it, in any second."""
    assert "fits and starts" in told(*GOOD, jitter_ms=40).cause
    assert "nothing was wrong" in told(*GOOD, jitter_ms=39).cause
