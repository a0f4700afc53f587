import pytest

from gateway.errors import ConfigError
from gateway.simulator.fault_specs import Fault, FaultName, fault_help, parse_fault, unsuitable


def test_what_is_not_said_has_its_default() -> None:
    """A name is enough."""
    assert parse_fault("burst") == Fault(FaultName.BURST, {"every": 1000, "hold": 200})
    assert parse_fault("burst:hold=40") == Fault(FaultName.BURST, {"every": 1000, "hold": 40})
    assert parse_fault("loss:share=0.5").values == {"share": 0.5}
    assert parse_fault("stall:at=10,ms=20,every=30").ms("every") == 30


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("storm", "fault must be one of burst, jitter, .*, not 'storm'"),
        ("burst:length=5", "fault burst has every, hold, not 'length'"),
        ("burst:hold=soon", "fault burst: hold must be a number from 1 to 86400000, not 'soon'"),
        ("loss:share=1.5", "fault loss: share must be a number from 0 to 1, not '1.5'"),
        ("loss:share=nan", "fault loss: share must be a number from 0 to 1, not 'nan'"),
        ("sizes:least=100,most=50", "fault sizes: least must not be more than most, as 100 is"),
    ],
)
def test_refuses_what_means_nothing(spec: str, problem: str) -> None:
    """The message names the fault, the key and the value."""
    with pytest.raises(ConfigError, match=problem):
        parse_fault(spec)


def test_a_carrier_has_no_fault_that_it_promises_not_to_have() -> None:
    """Twilio keeps its order; and no fault is there twice."""
    reorder = parse_fault("reorder")
    assert unsuitable([reorder], "telnyx") == []
    assert unsuitable([reorder], "twilio") == ["fault reorder is not twilio's, which keeps its order"]
    assert unsuitable([reorder, reorder], "telnyx") == ["fault reorder is given 2 times"]


def test_the_help_can_be_read_back() -> None:
    """Every fault is in it, and each as it can be given."""
    named = fault_help().split(", ")
    assert [parse_fault(spec).name for spec in named] == list(FaultName)
