import math
from typing import Any

import pytest

from gateway.errors import ConfigError
from gateway.sandbox.options import SandboxOptions, Timing


def test_the_defaults_are_the_documented_ones() -> None:
    """`gateway sandbox` without options: loopback, 8400, a parrot that speaks in real time."""
    options = SandboxOptions()

    assert (options.host, options.port, options.counterpart) == ("127.0.0.1", 8400, "parrot")
    assert (options.delivery, options.piece_ms, options.api_keys) == ("realtime", 100, frozenset())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"host": ""}, "host must be a host name or address, not ''", id="no host"),
        pytest.param({"host": "\udcff"}, "host must be a host name or address, not '\\udcff'", id="host"),
        pytest.param({"port": 65536}, "port must be from 0 to 65535, not 65536", id="port"),
        pytest.param(
            {"counterpart": "cat"},
            "counterpart must be one of parrot, echo, tone, script, mute, speech, not 'cat'",
            id="who",
        ),
        pytest.param({"counterpart": "script"}, "counterpart script needs a script file", id="no script"),
        pytest.param({"counterpart": "speech"}, "counterpart speech needs an outfit", id="no outfit"),
        pytest.param({"delivery": "slow"}, "delivery must be one of realtime, burst, not 'slow'", id="delivery"),
        pytest.param({"piece_ms": 0}, "piece_ms must be from 1 to 1000, not 0", id="piece"),
        pytest.param({"public_url": "sandbox"}, "public_url must be http(s)://host, not 'sandbox'", id="no scheme"),
        pytest.param({"public_url": "http://a/v1"}, "public_url must be http(s)://host", id="a path"),
        pytest.param({"credits": -1}, "credits must not be negative, as -1 is", id="credits"),
        pytest.param({"timing": Timing(webhook_scale=-1)}, "webhook_scale must be a number from 0, not -1", id="scale"),
        pytest.param({"timing": Timing(webhook_scale=math.nan)}, "webhook_scale must be a number", id="no scale"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options: dict[str, Any], said: str) -> None:
    """With its value."""
    with pytest.raises(ConfigError) as caught:
        SandboxOptions(**options)

    assert said in str(caught.value)


def test_all_problems_are_reported_together() -> None:
    """One try, one list."""
    with pytest.raises(ConfigError) as caught:
        SandboxOptions(port=-1, counterpart="cat")

    assert len(caught.value.problems) == 2
