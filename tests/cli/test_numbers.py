import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.errors import CarrierApiError, ConfigError
from tests.fakes.carrier_apis import FakeTelnyx, FakeTwilio

NUMBER = "+14155551234"
VOICE = "https://voice.acme.test/webhooks/twilio/voice"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    with fake.running():
        yield fake


@pytest.fixture
def telnyx() -> Iterator[FakeTelnyx]:
    fake = FakeTelnyx()
    with fake.running():
        yield fake


@pytest.fixture
def config(tmp_path: Path, twilio: FakeTwilio) -> Path:
    """With an account at Twilio and none at Telnyx."""
    config = tmp_path / "gateway.toml"
    config.write_text(
        'public_url = "https://voice.acme.test"\n'
        f'[twilio]\naccount_sid = "{FakeTwilio.SID}"\nauth_tokens = ["{FakeTwilio.TOKEN}"]\napi_url = "{twilio.url}"\n'
    )
    return config


def run(config: Path, *arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(app, ["numbers", *arguments, "--config", str(config)], env=environ)


def point(config: Path, *arguments: str) -> Result:
    return run(config, "point", "--carrier", "twilio", "--number", NUMBER, *arguments)


def test_a_list_says_which_numbers_point_here(config: Path, twilio: FakeTwilio) -> None:
    """And where the others go."""
    twilio.add(NUMBER)
    twilio.add("+14155550001", voice_url="https://old.test/voice")
    twilio.add("+14155550002", trunk_sid="TK1")
    assert point(config).exit_code == 0

    assert run(config, "list").stdout.splitlines() == [
        f"twilio  {NUMBER}  here       {VOICE}  Number 0",
        "twilio  +14155550001  elsewhere  https://old.test/voice  Number 1",
        "twilio  +14155550002  elsewhere  TK1  Number 2",
    ]


def test_both_carriers_are_listed(config: Path, twilio: FakeTwilio, telnyx: FakeTelnyx) -> None:
    """Those that there is an account for; as JSON where a script asks."""
    twilio.add(NUMBER)
    telnyx.add("+13125550001", telnyx.add_application("Desk", voice_url="https://old.test/"))
    account = {"GATEWAY_TELNYX__API_KEY": FakeTelnyx.KEY, "GATEWAY_TELNYX__API_URL": f"{telnyx.url}/v2"}

    rows = json.loads(run(config, "list", "--json", **account).stdout)

    assert [(row["carrier"], row["number"], row["aim"]) for row in rows] == [
        ("twilio", NUMBER, "elsewhere"),
        ("telnyx", "+13125550001", "elsewhere"),
    ]


def test_a_key_that_was_rotated_is_used_by_the_next_command(config: Path, telnyx: FakeTelnyx, tmp_path: Path) -> None:
    """Commands alone use `telnyx.api_key`, and read it whenever they run: no replica has to be restarted."""
    telnyx.add("+13125550001", telnyx.add_application("Desk", voice_url="https://old.test/"))
    file = tmp_path / "gateway_telnyx__api_key"
    account = {"GATEWAY_SECRETS_DIR": str(tmp_path), "GATEWAY_TELNYX__API_URL": f"{telnyx.url}/v2"}
    for key in (FakeTelnyx.KEY, "new"):
        file.write_text(key)
        telnyx.authorization = f"Bearer {key}"
        assert "telnyx  +13125550001  elsewhere" in run(config, "list", **account).stdout

    telnyx.authorization = "Bearer newer"
    assert isinstance(run(config, "list", **account).exception, CarrierApiError)


def test_a_number_is_pointed_here(config: Path, twilio: FakeTwilio) -> None:
    """What differs is shown before it is written, and it is read back."""
    entry = twilio.add(NUMBER, voice_url="https://old.test/voice", voice_method="GET")

    result = point(config)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{NUMBER} at twilio, Number 0:",
        f"  voice_url: https://old.test/voice -> {VOICE}",
        "  voice_method: GET -> POST",
        "  voice_fallback_url: (none) -> https://voice.acme.test/webhooks/twilio/fallback",
        "  status_callback: (none) -> https://voice.acme.test/webhooks/twilio/status",
        "written, and read back",
    ]
    assert entry["voice_url"] == VOICE
    assert twilio.requests[-1].startswith("GET ")


def test_a_second_time_there_is_nothing_to_do(config: Path, twilio: FakeTwilio) -> None:
    """A pipeline may do it each time."""
    twilio.add(NUMBER)
    point(config)

    assert point(config).stdout == f"{NUMBER} at twilio, Number 0: its calls come here; nothing to change\n"
    assert len(twilio.writes()) == 1


def test_a_dry_run_writes_nothing(config: Path, twilio: FakeTwilio) -> None:
    """And says so."""
    twilio.add(NUMBER)

    result = point(config, "--dry-run")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "not written: --dry-run"
    assert twilio.writes() == []


def test_scripts_get_json(config: Path, twilio: FakeTwilio) -> None:
    """What differed, and whether it was written."""
    twilio.add(NUMBER, voice_url=VOICE, voice_fallback_url="https://voice.acme.test/webhooks/twilio/fallback")

    assert json.loads(point(config, "--json").stdout) == {
        "carrier": "twilio",
        "number": NUMBER,
        "changes": [
            {"setting": "status_callback", "before": "", "after": "https://voice.acme.test/webhooks/twilio/status"}
        ],
        "also": [],
        "written": True,
    }


def test_what_was_written_and_not_kept_is_a_problem(config: Path, twilio: FakeTwilio) -> None:
    """A carrier may answer 200 and do something else."""
    twilio.add(NUMBER)
    twilio.stubborn = {"status_callback"}

    result = point(config)

    assert result.exit_code == 1
    assert isinstance(result.exception, CarrierApiError)
    assert str(result.exception) == f"{NUMBER} is not as it was written: status_callback is ''"


def test_a_telnyx_number_shares_its_application(config: Path, telnyx: FakeTelnyx) -> None:
    """The others that it concerns are named."""
    ours = telnyx.add_application("Ours", voice_url=VOICE.replace("twilio", "telnyx"))
    telnyx.add("+13125550001", ours)
    telnyx.add("+13125550002", ours)
    account = {"GATEWAY_TELNYX__API_KEY": FakeTelnyx.KEY, "GATEWAY_TELNYX__API_URL": f"{telnyx.url}/v2"}

    result = run(config, "point", "--carrier", "telnyx", "--number", "+13125550001", **account)

    assert "  also for +13125550002, by the same application" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(("list", "--carrier", "telnyx"), "telnyx.api_key (GATEWAY_TELNYX__API_KEY) is missing", id="key"),
        pytest.param(("point", "--carrier", "telnyx", "--number", NUMBER), "telnyx.api_key", id="key-to-write"),
    ],
)
def test_an_account_that_is_missing_is_named(config: Path, arguments: tuple[str, ...], named: str) -> None:
    """By its setting."""
    result = run(config, *arguments)

    assert isinstance(result.exception, ConfigError)
    assert str(result.exception).startswith(named)


def test_without_any_account_there_is_nobody_to_ask(tmp_path: Path) -> None:
    """And all that would do are named."""
    (tmp_path / "gateway.toml").write_text("")

    result = run(tmp_path / "gateway.toml", "list")

    assert isinstance(result.exception, ConfigError)
    assert "twilio.account_sid and twilio.auth_tokens nor telnyx.api_key" in str(result.exception)


@pytest.mark.parametrize("nobodys", ["https://voice.example.com", "http://127.0.0.1:8080", "http://localhost:8080"])
def test_no_number_is_pointed_at_somebody_else_or_nobody(config: Path, twilio: FakeTwilio, nobodys: str) -> None:
    """The example; or what a shell still has from a load on this machine, where no carrier can bring its callers."""
    twilio.add(NUMBER)
    config.write_text(config.read_text().replace("https://voice.acme.test", nobodys))

    result = point(config)

    assert isinstance(result.exception, ConfigError)
    assert nobodys in str(result.exception)
    assert twilio.requests == []


def test_what_is_no_number_is_said_to_be_none(config: Path) -> None:
    """Before anybody is asked."""
    result = run(config, "point", "--carrier", "twilio", "--number", "4155551234")

    assert result.exit_code == 2
    assert "E.164" in result.stderr


def test_no_secret_is_printed(config: Path, twilio: FakeTwilio) -> None:
    """Its output goes into tickets."""
    twilio.add(NUMBER)

    result = point(config)

    assert FakeTwilio.TOKEN not in result.output
