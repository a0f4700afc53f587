import dataclasses
from typing import Any

import pytest

from gateway.calls import Carrier
from gateway.demo.checks import check_all
from tests.demo.outcomes import GOOD


def test_a_good_demo_holds() -> None:
    """Seven claims for each call, and the ledger."""
    checks = check_all([GOOD, dataclasses.replace(GOOD, carrier=Carrier.TELNYX)], calls_left=0)

    assert len(checks) == 15
    assert all(check.holds for check in checks)
    assert checks[0].claim == "twilio: connected"


@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        pytest.param({"trouble": "HTTP 403"}, "twilio: HTTP 403", id="never connected"),
        pytest.param({"complaints": ("31951: a", "31950: b")}, "twilio: 31951: a; 31950: b", id="complaints"),
        pytest.param({"gap_frames": 3}, "twilio: 3 frames missing, 0 ms of silence put in", id="gaps"),
        pytest.param({"concealed_ms": 60}, "twilio: 0 frames missing, 60 ms of silence put in", id="concealed"),
        pytest.param({"dropped": {"in_not_json": 2}}, "twilio: 2 × in_not_json dropped", id="drops"),
        pytest.param(
            {"kallglot_likeness": 0.94},
            "twilio: what Kallglot received is not what was said: likeness 0.94, at least 0.95 is expected",
            id="kallglot heard something else",
        ),
        pytest.param(
            {"caller_likeness": 0.0},
            "twilio: what the caller heard is not what was said: likeness 0.00, at least 0.9 is expected",
            id="the caller heard nothing",
        ),
        pytest.param({"session_ended": False}, "twilio: its Kallglot session is still open", id="session open"),
    ],
)
def test_what_is_wrong_is_named(spoilt: dict[str, Any], reason: str) -> None:
    """With the call that it is about."""
    checks = check_all([dataclasses.replace(GOOD, **spoilt)], calls_left=0)

    assert [check.wrong for check in checks if not check.holds] == [reason]


def test_a_call_left_in_the_ledger_is_wrong() -> None:
    """Somebody would have to look after it."""
    assert check_all([GOOD], calls_left=1)[-1].wrong == "the ledger still holds 1 call(s)"
