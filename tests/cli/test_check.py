import json
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.errors import ConfigError
from tests.cli.test_live import Replies, serving
from tests.fakes.carrier_apis import FakeTwilio

ROOT = Path(__file__).parents[2]
EXAMPLE = "https://voice.example.com"
RIGHT = """
public_url = "https://voice.acme.test"
[kallglot]
api_key = "sk_live_swordfish"
base_url = "http://127.0.0.1:1/v1"
[twilio]
auth_tokens = ["mellon"]
"""
ROUTES = '[[route]]\nname = "support"\nto = "+14155551234"\nmode = "bidirectional_translation"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "routes.toml").write_text(ROUTES)
    config = tmp_path / "gateway.toml"
    config.write_text(RIGHT)
    return config


def run(config: Path, *arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, ["check", "--config", str(config), *arguments], env=environ)


def problems(result: Result) -> list[str]:
    assert result.exit_code == 1
    assert isinstance(result.exception, ConfigError)
    return list(result.exception.problems)


def test_a_right_configuration_is_said_to_be_right(config: Path) -> None:
    """With what was looked at."""
    result = run(config, "--offline")

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"ok  settings: {config}",
        f"ok  routes: {config.parent / 'routes.toml'}, 1 in all",
        '      support: to = "+14155551234" -> bidirectional_translation',
    ]


def test_a_hold_clip_is_read_as_a_gateway_does(config: Path, tmp_path: Path) -> None:
    """One that cannot be used is named here, not by a gateway that does not start."""
    clip = tmp_path / "hold.wav"
    problem = problems(run(config, "--offline", GATEWAY_MEDIA__HOLD_CLIP=str(clip)))
    assert problem == [
        f"media.hold_clip: {str(clip)!r} is not a WAV file that can be read: "
        f"[Errno 2] No such file or directory: {str(clip)!r}"
    ]

    with wave.open(str(clip), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 12_000))
    assert (
        f"ok  media.hold_clip: {clip}, 1.5 s"
        in run(config, "--offline", GATEWAY_MEDIA__HOLD_CLIP=str(clip)).stdout.splitlines()
    )


def test_a_door_that_is_open_to_anybody_is_remarked_upon(config: Path) -> None:
    """It may be meant, on a desk; so nothing is called wrong."""
    result = run(config, "--offline", GATEWAY_TELNYX__REQUIRE_SIGNATURE="false")

    assert result.exit_code == 0
    assert "--  telnyx.require_signature is false and telnyx.allow_cidrs is empty" in result.stdout


def test_scripts_get_json(config: Path) -> None:
    """The same, for machines."""
    result = run(config, "--offline", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "ok": True,
        "checked": [f"settings: {config}", f"routes: {config.parent / 'routes.toml'}, 1 in all"],
        "routes": [{"name": "support", "answers": 'to = "+14155551234"', "mode": "bidirectional_translation"}],
        "remarks": [],
        "problems": [],
    }


def test_json_says_what_is_wrong_by_exit_code_too(config: Path) -> None:
    """A pipeline need not read it."""
    result = run(config, "--offline", "--json", GATEWAY_MEDIA__LEAD_MS="soon")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["problems"] == [
        "media.lead_ms (GATEWAY_MEDIA__LEAD_MS) must be a whole number, not 'soon'"
    ]


def test_what_is_missing_and_what_is_wrong_is_one_list(config: Path) -> None:
    """Routes and secrets, in one go."""
    config.write_text("")
    (config.parent / "routes.toml").write_text(ROUTES.replace("mode", "modus"))

    assert [line.split(" ")[0] for line in problems(run(config, "--offline"))] == [
        "kallglot.api_key",
        "twilio.auth_tokens",
        "telnyx.public_key",
        f"{config.parent / 'routes.toml'}:",
        f"{config.parent / 'routes.toml'}:",
    ]


def test_what_cannot_be_reached_is_named(config: Path) -> None:
    """And the rest is still looked at."""
    database = config.parent / "gateway.db"

    result = run(config, GATEWAY_STORE__URL=f"sqlite:///{database}")

    (problem,) = problems(result)
    assert problem.startswith("kallglot.base_url: http://127.0.0.1:1/v1 cannot be reached")
    assert f"ok  store.url: {database} can be created" in result.stdout


def test_the_example_address_is_a_problem_once_there_are_secrets(config: Path) -> None:
    """Before, it is remarked upon: nothing is checked against it yet."""
    said = f"public_url (GATEWAY_PUBLIC_URL) must be your own address, not the example {EXAMPLE!r}"

    without = run(config, "--offline", GATEWAY_PUBLIC_URL=EXAMPLE, GATEWAY_KALLGLOT__API_KEY="")
    assert [line.split(" ")[0] for line in problems(without)] == ["kallglot.api_key"]
    assert f"--  {said}" in without.stdout

    assert problems(run(config, "--offline", GATEWAY_PUBLIC_URL=EXAMPLE)) == [said]


@pytest.mark.parametrize("arguments", [(), ("--offline",), ("--live",)], ids=["plain", "offline", "live"])
def test_what_is_shipped_lacks_its_secrets_and_nothing_else(arguments: tuple[str, ...]) -> None:
    """As it is after a clone, nothing set: nobody is reached for whom there is no key yet, nor the example address."""
    assert problems(run(ROOT / "config" / "gateway.toml", *arguments)) == [
        "kallglot.api_key (GATEWAY_KALLGLOT__API_KEY) is missing; it is needed to create sessions",
        "twilio.auth_tokens (GATEWAY_TWILIO__AUTH_TOKENS) is missing; it is needed to check Twilio's webhooks",
    ]


def test_no_secret_is_printed(config: Path) -> None:
    """Its output goes into tickets."""
    result = run(config, GATEWAY_STORE__URL="redis://:swordfish@127.0.0.1:1/0")

    seen = result.output + "".join(problems(result))
    assert "swordfish" not in seen
    assert "mellon" not in seen


def test_a_live_check_asks_everybody_a_call_needs(config: Path) -> None:
    """Each by its setting, and each though the others do not answer."""
    twilio = FakeTwilio()
    with twilio.running():
        result = run(
            config,
            "--live",
            GATEWAY_STORE__URL="sqlite:///:memory:",
            GATEWAY_PUBLIC_URL="http://localhost:1",
            GATEWAY_TWILIO__ACCOUNT_SID=FakeTwilio.SID,
            GATEWAY_TWILIO__AUTH_TOKENS=json.dumps([FakeTwilio.TOKEN]),
            GATEWAY_TWILIO__API_URL=twilio.url,
        )

    assert f"ok  twilio.account_sid: {twilio.url} knows 'Acme', active" in result.stdout
    assert [problem.split(":")[0] for problem in problems(result)] == [
        "kallglot.base_url",
        "public_url",
    ]


@pytest.mark.parametrize("how", [(), ("--live",)], ids=["check", "live"])
def test_kallglot_is_asked_as_a_call_asks_it_past_the_environment_s_proxies(config: Path, how: tuple[str, ...]) -> None:
    """Else a proxy that works, or one that does not, would hide whether calls can reach Kallglot."""
    with serving(Replies(otherwise=(200, b"{}"))) as kallglot:
        config.write_text(RIGHT.replace("127.0.0.1:1/", f"127.0.0.1:{kallglot.server_port}/"))
        ours = {"GATEWAY_STORE__URL": "sqlite:///:memory:", "GATEWAY_PUBLIC_URL": "http://localhost:1"}
        result = run(config, *how, http_proxy="http://127.0.0.1:9", no_proxy="", NO_PROXY="", **ours)

    assert "ok  kallglot." in result.stdout


def test_live_is_not_offline(config: Path) -> None:
    """One of them is a mistake."""
    assert run(config, "--live", "--offline").exit_code == 2
