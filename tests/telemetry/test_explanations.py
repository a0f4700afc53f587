from gateway.calls import FAULT_OF, EndReason, Fault
from gateway.telemetry.companding import CompandingWatch
from gateway.telemetry.detectors import alarms
from gateway.telemetry.explanations import ENDS, FLAGS


def test_every_end_by_fault_explains_itself() -> None:
    """A call that somebody broke is never called a good one."""
    assert set(ENDS) == {reason for reason in EndReason if FAULT_OF[reason] is not Fault.NOBODY}


def test_every_flag_has_its_words() -> None:
    """By the detail that the timeline shows."""
    details = {
        f"{alarm._flag} {alarm._direction}" if alarm._direction else alarm._flag for alarm in alarms(CompandingWatch())
    }
    assert {flag for flag, _ in FLAGS} == details


def test_a_cause_is_one_sentence_and_every_cause_has_its_advice() -> None:
    """As it stands in the console."""
    for explanation in [*ENDS.values(), *(explanation for _, explanation in FLAGS)]:
        assert explanation.cause.endswith(".")
        assert ". " not in explanation.cause
        assert explanation.advice.endswith(".")
