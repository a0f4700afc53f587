import math
from typing import Any

import msgspec
import pytest

from gateway.errors import ConfigError
from gateway.simulator.load.arrivals import Arrival
from gateway.simulator.load.plan import LoadPlan


def plan(**changes: Any) -> LoadPlan:
    return LoadPlan(**{"gateway_url": "http://127.0.0.1:8080", **changes})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"calls": 0}, "calls must be more than 0 and finite, not 0"),
        ({"calls": 10**400}, "calls must be at most 10000000 with such a duration and hold, not 1000"),
        ({"calls": 1000, "hold_s": 0.001}, "calls must be at most 166 with such a duration and hold, not 1000"),
        ({"duration_s": math.inf}, "duration must be more than 0 and finite, not inf"),
        ({"hold_s": math.nan}, "hold must be more than 0 and finite, not nan"),
        ({"hold_s": 0.0004}, "hold must be at least 0.001, not 0.0004"),
        ({"ramp_s": 61}, "ramp must be from 0 to the duration, not 61"),
        ({"carriers": ()}, "carrier must be twilio or telnyx"),
        ({"carriers": ("vonage",)}, "carrier must be twilio or telnyx, not 'vonage'"),
        ({"faults": ("reorder",)}, "fault reorder is not twilio's"),
        ({"faults": ("storm",)}, "fault must be one of"),
        ({"gateway_url": "x"}, "gateway_url must be an http or https URL"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_refuses_a_load_that_cannot_be_run(changes: dict[str, Any], problem: str) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigError, match=problem):
        plan(**changes).check()


def test_the_carriers_bring_calls_in_turn() -> None:
    """Each with the codec that its callers can have, and with seeds of their own."""
    both = plan(carriers=("twilio", "telnyx"), codec="L16", rate_hz=16000, seed=5)
    both.check()
    calls = [both.call(Arrival(number, 0, 2_000), both.carrier_of(number)) for number in range(3)]
    assert [(call.carrier, call.codec, call.rate_hz, call.seed) for call in calls] == [
        ("twilio", "PCMU", 8000, 5),
        ("telnyx", "L16", 16000, 6),
        ("twilio", "PCMU", 8000, 7),
    ]
    assert calls[0].hangup_after_s == 2.0


def test_a_plan_reaches_another_process() -> None:
    """As JSON, whole."""
    sent = plan(faults=("loss",), carriers=("twilio", "telnyx"), calls=3)
    assert msgspec.json.decode(msgspec.json.encode(sent), type=LoadPlan) == sent
    assert len(sent.schedule()) == 3
