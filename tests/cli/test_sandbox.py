import inspect
import signal
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.cli.sandbox import sandbox
from gateway.errors import ConfigError
from gateway.sandbox.options import SandboxOptions
from tests.cli.processes import logged, running


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_answers_until_it_is_told_to_stop(tmp_path: Path, kind: signal.Signals) -> None:
    """With the keys it was given, and then leaves with code 0."""
    with running("sandbox", "--port", "0", "--api-key", "sk_test_1", "--counterpart", "echo", cwd=tmp_path) as process:
        listening = logged(process, "sandbox_listening")
        created = [
            httpx.post(
                f"{listening['base_url']}/sessions",
                json={"mode": "ai_agent"},
                headers={"Authorization": f"Bearer {key}"},
                trust_env=False,
            )
            for key in ("sk_test_1", "sk_test_2")
        ]
        process.send_signal(kind)

        assert process.wait() == 0
    assert listening["counterpart"] == "echo"
    assert [answer.status_code for answer in created] == [201, 401]


def test_its_options_are_the_sandboxes() -> None:
    """All of them, with the same defaults."""
    options = {field.name: getattr(SandboxOptions(), field.name) for field in fields(SandboxOptions)}
    parameters = {
        name.rstrip("_"): parameter.default for name, parameter in inspect.signature(sandbox).parameters.items()
    }

    assert parameters == {**{name: value for name, value in options.items() if name != "api_keys"}, "api_key": None}


def test_what_cannot_be_is_refused() -> None:
    """By name."""
    result = CliRunner().invoke(app, ["sandbox", "--counterpart", "nobody"])

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "counterpart must be one of parrot, echo, mute, not 'nobody'"
