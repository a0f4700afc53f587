import pytest

from gateway.telemetry.carrier_codes import CARRIER_CODES, fault_label

TWILIO = {31901, 31902, 31903, 31910, 31920, 31921, 31922, 31923, 31924, 31930, 31950, 31951, 31953}
TELNYX = {100002, 100003, 100004, 100005}


def test_every_documented_code_is_explained() -> None:
    """Twilio's stream errors and warnings, and those of Telnyx' error event."""
    assert set(CARRIER_CODES) == {str(code) for code in TWILIO | TELNYX}


@pytest.mark.parametrize("code", sorted(CARRIER_CODES))
def test_an_explanation_reads_as_one(code: str) -> None:
    """It goes on from `The carrier reported that`, then says what to do; the metric knows the code by that name."""
    explained = CARRIER_CODES[code]
    assert explained.meaning[0].islower()
    assert not explained.meaning.endswith(".")
    assert explained.advice[0].isupper()
    assert explained.advice[-1] in ".?"
    assert fault_label(code) == code


@pytest.mark.parametrize(
    ("error", "label"),
    [
        ("31921", "31921"),
        ("31921 - Stream - WebSocket - Close Error", "31921"),
        ("100003", "100003"),
        ("100003: malformed_frame", "100003"),
        ("99999", "other"),
        ("319211", "other"),
        ("could not reach +14155551234", "other"),
        ("", "other"),
    ],
)
def test_a_complaint_is_a_known_code_or_other(error: str, label: str) -> None:
    """Whatever a carrier writes: no text of its own becomes a label."""
    assert fault_label(error) == label
