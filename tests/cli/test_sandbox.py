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
    """All of them, with the same defaults; some are read from files."""
    read = {"api_keys", "screenplay", "speech", "organization", "faults", "timing"}
    options = {field.name: getattr(SandboxOptions(), field.name) for field in fields(SandboxOptions)}
    parameters = {
        name.rstrip("_"): parameter.default for name, parameter in inspect.signature(sandbox).parameters.items()
    }

    files = {
        "api_key": None,
        "script": None,
        "model": None,
        "voice": None,
        "organization": None,
        "faults": None,
        "webhook_scale": 1.0,
    }
    assert parameters == {name: value for name, value in options.items() if name not in read} | files


def test_a_sandbox_is_set_up_by_files(tmp_path: Path) -> None:
    """An organization that is inactive, a fault that comes before that, and what was done is there after a restart."""
    (tmp_path / "organization.toml").write_text('[[number]]\nphone_number = "+14155551234"\ncarrier = "telnyx"\n')
    (tmp_path / "faults.toml").write_text("[[fault]]\nstatus = 503\n")
    (tmp_path / "script.toml").write_text('[[turn]]\ntext = "Hallo"\n')
    command = ["sandbox", "--port", "0", "--counterpart", "script", "--script", "script.toml", "--state", "state.db"]
    files = ["--organization", "organization.toml", "--faults", "faults.toml", "--webhook-scale", "0"]
    headers = {"X-API-Key": "sk_test_1"}
    body = {"mode": "ai_agent", "routing": {"phone_number": "+14155551234"}}
    with running(*command, *files, cwd=tmp_path) as process:
        url = logged(process, "sandbox_listening")["base_url"]
        answers = [httpx.post(f"{url}/sessions", json=body, headers=headers, trust_env=False) for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        process.wait()
    with running(*command, cwd=tmp_path) as process:
        url = logged(process, "sandbox_listening")["base_url"]
        again = httpx.get(f"{url}/sessions/{answers[1].json()['id']}", headers=headers, trust_env=False)
        process.send_signal(signal.SIGTERM)
        process.wait()

    assert [answer.status_code for answer in answers] == [503, 201]
    assert (again.status_code, again.json()["provider"]) == (200, "telnyx")


def test_what_cannot_be_is_refused() -> None:
    """By name."""
    result = CliRunner().invoke(app, ["sandbox", "--counterpart", "nobody"])

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == "counterpart must be one of parrot, echo, tone, script, mute, speech, not 'nobody'"
