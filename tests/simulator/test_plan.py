import math
from typing import Any

import pytest

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.calls import Carrier
from gateway.errors import ConfigError
from gateway.simulator.caller import Script
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.plan import CallPlan


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"gateway_url": "127.0.0.1:8080"}, "gateway_url must be an http or https URL, not '127.0.0.1:8080'"),
        ({"public_url": "wss://x"}, "public_url must be an http or https URL, not 'wss://x'"),
        (
            {"gateway_url": "http://127.0.0.1:99999"},
            "gateway_url must be an http or https URL, not 'http://127.0.0.1:99",
        ),
        ({"gateway_url": "http://"}, "gateway_url must be an http or https URL, not 'http://'"),
        ({"public_url": "http://[::1"}, "public_url must be an http or https URL, not 'http://[::1'"),
        ({"gateway_url": "http://\udcff"}, "gateway_url must be an http or https URL, not 'http://\\udcff'"),
        ({"to": "\udcff"}, "to must be UTF-8 text, not '\\udcff'"),
        ({"from_": "\udcff"}, "from must be UTF-8 text, not '\\udcff'"),
        ({"sip_domain": "\udcff"}, "sip_domain must be UTF-8 text, not '\\udcff'"),
        ({"auth_token": "\udcff"}, "auth_token must be UTF-8 text"),
        ({"hangup_after_s": -1.0}, "hangup_after_s must be a number of seconds from 0, not -1"),
        ({"hangup_after_s": math.nan}, "hangup_after_s must be a number of seconds from 0, not nan"),
        ({"carrier": "vonage"}, "carrier must be twilio or telnyx, not 'vonage'"),
        ({"carrier": "telnyx", "codec": "OPUS"}, "codec must be PCMU, PCMA, G722 at 8000 Hz or L16"),
        ({"carrier": "telnyx", "codec": "PCMU", "rate_hz": 16000}, "not PCMU at 16000"),
        ({"codec": "PCMA"}, "codec must be PCMU with twilio, not 'PCMA'"),
        ({"faults": (parse_fault("reorder"),)}, "fault reorder is not twilio's"),
        ({"gives_up_after_s": 0.0}, "gives_up_after_s must be more than 0, not 0"),
        ({"webhook_method": "PUT"}, "webhook_method must be GET or POST, not 'PUT'"),
    ],
    ids=lambda value: "" if isinstance(value, str) else ",".join(value),
)
def test_refuses_a_call_that_cannot_be_placed(changes: dict[str, Any], problem: str) -> None:
    """The message names the field and its value."""
    with pytest.raises(ConfigError) as caught:
        CallPlan(**{"gateway_url": "http://127.0.0.1:8080", **changes})
    assert any(problem in found for found in caught.value.problems)


def test_reports_every_problem_at_once() -> None:
    """Nobody has to fix them one by one."""
    with pytest.raises(ConfigError) as caught:
        CallPlan(gateway_url="x", carrier="y", webhook_method="z")
    assert len(caught.value.problems) == 4


def test_takes_names_as_words_or_as_enums() -> None:
    """A command line has words, a test has enums."""
    plan = CallPlan(gateway_url="http://x", carrier=Carrier.TELNYX, codec=Encoding.L16, rate_hz=16000)
    assert plan == CallPlan(gateway_url="http://x", carrier="telnyx", codec="L16", rate_hz=16000)
    assert plan.audio == AudioFormat(Encoding.L16, 16000, ByteOrder.BIG)


def test_makes_the_callers_script() -> None:
    """Seconds become milliseconds and keys are put in order."""
    plan = CallPlan(
        gateway_url="http://x", keys=((1.5, "2"), (0.25, "1")), hangup_after_s=2.5, hangup_on_silence_s=None
    )
    assert plan.script(800) == Script(speech_ms=800, keys=((250, "1"), (1500, "2")), hangup_after_ms=2500)
