from dataclasses import replace
from typing import Any

import pytest

from gateway.calls import Carrier
from gateway.simulator.dialect import Complaint
from gateway.simulator.report import CallReport, EndedBy, StreamTimes
from tests.chaos.findings import Aftermath, Ended, Findings, find
from tests.chaos.test_hearing import sound

LIMIT_MS = 1_000


def report(**more: Any) -> CallReport:
    """A call of two seconds that lost its socket at 1000 ms, asked at 1010 and was heard again at 1200."""
    whole: dict[str, Any] = {
        "ended_by": EndedBy.CALLER,
        "duration_ms": 2_000,
        "asked_ms": [0, 1_010],
        "streams": [StreamTimes(0, 20, 100, 1_000), StreamTimes(1_010, 1_050, 1_190, 2_000)],
        "heard": sound((1_000, True), (200, False), (800, True)),
        **more,
    }
    return CallReport(Carrier.TWILIO, "CA1", "PCMU", **whole)


def source(socket: int, sequences: tuple[int, int], ns: tuple[int, int]) -> dict[str, int]:
    return {
        "socket": socket,
        "first_sequence": sequences[0],
        "last_sequence": sequences[1],
        "first_ns": ns[0],
        "last_ns": ns[1],
    }


SESSION: dict[str, Any] = {
    "id": "sess_1",
    "status": "ended",
    "metadata": {"twilio_call_sid": "CA1"},
    "sequence_duplicates": 0,
    "sequence_late": 0,
    "refused_messages": 0,
    "sources": [source(1, (1, 9), (0, 900)), source(2, (30, 37), (900, 2_000))],
}
WELL = Aftermath([SESSION], 0, 0.1, [])


def looked_at(call: CallReport | None = None, aftermath: Aftermath = WELL, **more: Any) -> Findings:
    ended: dict[str, Any] = {"struck_ms": 990, "healed_ms": None, "stayed": True, **more}
    return find("a fault", LIMIT_MS, [Ended(call or report(), **ended)], aftermath)


def test_a_call_that_came_back_in_time_is_well() -> None:
    """The wait counts from the carrier's request to sound in the ear; the silence from the loss on."""
    found = looked_at()
    assert found.failures() == []
    assert (found.calls, found.resumed, found.resumes, found.dropped) == (1, 1, 1, 0)
    assert found.to_audio_ms == [190]
    assert found.silence_ms == 200


def test_the_first_request_after_the_loss_counts() -> None:
    """However many it took until a socket was open."""
    assert looked_at(report(asked_ms=[0, 1_005, 1_010])).to_audio_ms == [195]


def test_a_wait_beyond_the_limit_is_a_failure() -> None:
    """A machine that was too busy is forgiven some, where somebody is forgiving."""
    slow = report(heard=sound((1_000, True), (1_100, False), (400, True)), duration_ms=2_500)
    found = looked_at(slow)
    assert found.failures() == ["twilio call CA1 heard nothing for 1090 ms, 1000 at most"]
    assert found.failures(forgiving=True) == found.failures()
    found.busy = 0.95
    assert found.failures(forgiving=True) == []


def test_silence_that_needs_no_request_counts_from_when_kallglot_is_there_again() -> None:
    """Nothing can be heard before."""
    heard = sound((1_000, True), (300, False), (700, True))
    alone = report(streams=[StreamTimes(0, 20, 100, 2_000)], asked_ms=[0], heard=heard)
    assert looked_at(alone, healed_ms=950).to_audio_ms == [300]
    assert looked_at(alone, healed_ms=1_150).to_audio_ms == [150]
    assert looked_at(alone, healed_ms=None).to_audio_ms == []


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        pytest.param(report(ended_by=EndedBy.HANGUP), "was dropped: hangup", id="dropped"),
        pytest.param(report(heard=sound((1_000, True), (1_000, False))), "heard nothing any more", id="not heard"),
        pytest.param(report(complaints=[Complaint("31951", "what")]), "the carrier complains", id="complaint"),
    ],
)
def test_a_call_that_is_not_well_is_told_of(call: CallReport, problem: str) -> None:
    [failure] = looked_at(call).failures()
    assert problem in failure


def test_a_caller_who_never_comes_back_is_not_waited_for() -> None:
    """Whoever hung up in the fault's moment needs to hear nothing, only to have left by choice."""
    found = looked_at(report(heard=b""), stayed=False)
    assert (found.calls, found.left, found.failures()) == (0, 1, [])


@pytest.mark.parametrize(
    ("changes", "problem", "fed_twice", "still_open"),
    [
        pytest.param({"status": "active"}, "sess_1 is active", 0, 1, id="open"),
        pytest.param({"sequence_duplicates": 1}, "sequence_duplicates 1", 1, 0, id="one number twice"),
        pytest.param({"sequence_late": 2}, "sequence_late 2", 1, 0, id="numbers go back"),
        pytest.param(
            {"sources": [source(1, (1, 9), (0, 900)), source(2, (9, 12), (901, 950))]}, "begins at 9", 1, 0, id="taken"
        ),
        pytest.param(
            {"sources": [source(1, (1, 9), (0, 900)), source(2, (30, 31), (899, 950))]}, "overlap", 1, 0, id="overlap"
        ),
        pytest.param({"refused_messages": 1}, "1 messages were refused", 0, 0, id="refused"),
    ],
)
def test_a_session_that_is_not_well_is_told_of(
    changes: dict[str, Any], problem: str, fed_twice: int, still_open: int
) -> None:
    found = looked_at(aftermath=replace(WELL, sessions=[SESSION | changes]))
    [failure] = found.failures()
    assert problem in failure
    assert (found.fed_twice, found.open_sessions) == (fed_twice, still_open)


@pytest.mark.parametrize("sessions", [[], [SESSION, SESSION | {"id": "sess_2"}]], ids=["none", "two"])
def test_each_call_has_one_session(sessions: list[dict[str, Any]]) -> None:
    [failure] = looked_at(aftermath=replace(WELL, sessions=sessions)).failures()
    assert f"has {len(sessions)} sessions" in failure


def test_what_is_left_behind_is_told_of() -> None:
    """Calls in the ledger, tracebacks in logs."""
    found = looked_at(aftermath=replace(WELL, ledger_size=3, failures=["replica-0: call_failed: ValueError: x"]))
    assert found.failures() == ["3 calls are left in the ledger", "replica-0: call_failed: ValueError: x"]


def test_percentiles_of_waits() -> None:
    """None where nobody had to wait."""
    found = looked_at()
    found.to_audio_ms = [100, 200, 300]
    assert (found.percentile_ms(0.5), found.percentile_ms(1.0)) == (200, 300)
    assert Findings("a fault", 1_000).percentile_ms(0.5) == 0
