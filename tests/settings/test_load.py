import base64
import json
import os
import tomllib
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ConfigError
from gateway.settings.fields import all_settings
from gateway.settings.load import environment, load_settings
from gateway.settings.model import Settings

CONFIG = Path(__file__).parents[2] / "config" / "gateway.toml"


def problems(config: Path | None, environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(config, environ)
    return list(caught.value.problems)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


def test_the_shipped_file_holds_the_defaults_and_nothing_else() -> None:
    """An operator reads there what happens without it."""
    settings = load_settings(CONFIG, {})

    assert settings.routes == CONFIG.parent / "routes.toml"
    assert settings.model_copy(update={"routes": Path("routes.toml")}) == Settings() == load_settings(None, {})


def test_the_shipped_file_holds_every_setting() -> None:
    """None is hidden."""
    tables = tomllib.loads(CONFIG.read_text())
    written = {
        f"{key}.{inner}" if inner else key
        for key, value in tables.items()
        for inner in (value if isinstance(value, dict) else [""])
    }

    assert written == {setting.name for setting in all_settings()}


def test_the_environment_goes_before_secret_files_and_those_before_the_file(config: Path, tmp_path: Path) -> None:
    """The nearer to the process, the stronger."""
    config.write_text(
        'secrets_dir = "secrets"\n[kallglot]\napi_key = "file"\nwebhook_secret = "file"\n[media]\nlead_ms = 60\n'
    )
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "gateway_kallglot__api_key").write_text("mounted\n")
    (tmp_path / "secrets" / "GATEWAY_KALLGLOT__WEBHOOK_SECRET").write_text("mounted\n")

    settings = load_settings(config, {"GATEWAY_KALLGLOT__WEBHOOK_SECRET": "environment"})

    assert settings.kallglot.api_key.get_secret_value() == "mounted"
    assert [secret.get_secret_value() for secret in settings.kallglot.webhook_secret] == ["environment"]
    assert settings.media.lead_ms == 60


def test_every_kind_of_value_can_come_from_the_environment() -> None:
    """All text there."""
    settings = load_settings(
        None,
        {
            "GATEWAY_PUBLIC_URL": "https://voice.acme.test/",
            "GATEWAY_ROUTES": "/etc/gateway/routes.toml",
            "GATEWAY_SERVER__PORT": "0",
            "GATEWAY_KALLGLOT__READY_TIMEOUT_S": "0.5",
            "GATEWAY_KALLGLOT__TOLERATED_ERRORS": '["invalid_audio_format"]',
            "GATEWAY_MEDIA__L16_BYTE_ORDER": "little",
            "GATEWAY_TWILIO__AUTH_TOKENS": '["new", "old"]',
            "GATEWAY_TELNYX__REQUIRE_SIGNATURE": "false",
            "GATEWAY_TELNYX__ALLOW_CIDRS": '["192.76.120.0/24"]',
        },
    )

    assert settings.public_url == "https://voice.acme.test"
    assert settings.routes == Path("/etc/gateway/routes.toml")
    assert settings.server.port == 0
    assert settings.kallglot.ready_timeout_s == 0.5
    assert settings.kallglot.tolerated_errors == ("invalid_audio_format",)
    assert settings.media.l16_byte_order == "little"
    assert [token.get_secret_value() for token in settings.twilio.auth_tokens] == ["new", "old"]
    assert settings.telnyx.require_signature is False
    assert settings.telnyx.allow_cidrs == ("192.76.120.0/24",)


OLD, NEW = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2))


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("", ()),
        (OLD, (OLD,)),
        (f"{OLD},{NEW}", (OLD, NEW)),
        (f"{OLD}\n{NEW}", (OLD, NEW)),
        (json.dumps([NEW, OLD]), (NEW, OLD)),
    ],
    ids=["none", "one", "comma", "line each", "JSON"],
)
def test_a_public_key_may_be_two_while_it_changes(config: Path, said: str, keys: tuple[str, ...]) -> None:
    """In the environment, and in the file as text or as a list."""
    assert load_settings(None, {"GATEWAY_TELNYX__PUBLIC_KEY": said}).telnyx.public_key == keys
    for written in (json.dumps(list(keys)), json.dumps(" ".join(keys))):
        config.write_text(f"[telnyx]\npublic_key = {written}\n")
        assert load_settings(config, {}).telnyx.public_key == keys


@pytest.mark.parametrize(
    ("said", "secrets"),
    [
        ("whsec_1", ["whsec_1"]),
        ("a, b", ["a, b"]),
        ("12345678901234567890123", ["12345678901234567890123"]),
        ('["new", "old"]', ["new", "old"]),
        ("", []),
    ],
    ids=["one", "with a comma", "of digits", "two", "none"],
)
def test_a_webhook_secret_may_be_two_while_it_changes(said: str, secrets: list[str]) -> None:
    """One alone is taken to the letter."""
    kallglot = load_settings(None, {"GATEWAY_KALLGLOT__WEBHOOK_SECRET": said}).kallglot

    assert [secret.get_secret_value() for secret in kallglot.webhook_secret] == secrets


def test_a_key_that_is_none_is_named() -> None:
    """By its place in the list."""
    assert problems(None, {"GATEWAY_TELNYX__PUBLIC_KEY": f"{OLD} x"}) == [
        "telnyx.public_key[1] (GATEWAY_TELNYX__PUBLIC_KEY) must be base64 of the 32 bytes of an Ed25519 key, not 'x'"
    ]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("GATEWAY_TWILIO__AUTH_TOKENS", '["\udce9"]'), ("GATEWAY_KALLGLOT__WEBHOOK_SECRET", "\udce9")],
)
def test_a_secret_that_nothing_can_be_signed_with_is_named(variable: str, value: str) -> None:
    """As Python reads Latin-1 in the environment."""
    with pytest.raises(ConfigError, match=rf"{variable}\) must be UTF-8 text, not \*\*\*$"):
        load_settings(None, {variable: value})


def test_paths_in_the_file_are_relative_to_it(config: Path) -> None:
    """The gateway may be started anywhere; what the environment says is relative to where."""
    config.write_text('routes = "calls/routes.toml"\n')

    assert load_settings(config, {}).routes == config.parent / "calls" / "routes.toml"
    assert load_settings(config, {"GATEWAY_ROUTES": "routes.toml"}).routes == Path("routes.toml")


def test_no_routes_file_is_a_problem_with_a_name(config: Path) -> None:
    """`GATEWAY_ROUTES=` of a script without its variable, instead of "." that cannot be read."""
    with pytest.raises(ConfigError, match=r"^routes \(GATEWAY_ROUTES\) must be the path of a file, not ''$"):
        load_settings(None, {"GATEWAY_ROUTES": ""})
    config.write_text('routes = ""')
    with pytest.raises(ConfigError, match=r"^routes \(.*\) must be the path of a file, not ''$"):
        load_settings(config, {})


def test_all_problems_are_reported_together(config: Path, tmp_path: Path) -> None:
    """Each with its name, where it came from and its value, secrets masked."""
    secret = tmp_path / "gateway_twilio__auth_tokens"
    secret.write_text("c0ffee")
    config.write_text(
        f"""
        public_url = "http://voice.example.com"
        secrets_dir = "{tmp_path}"
        colour = "red"
        log = "json"
        [kallglot]
        api_key = 42
        chunk_ms = 30
        chunk = 30
        [telnyx]
        allow_cidrs = ["10.0.0.0/8", "10.0.0.1/8"]
        [store]
        url = "postgres://user:swordfish@host/db?password=mellon"
        """
    )

    assert problems(config, {"GATEWAY_MEDIA__LEAD_MS": "soon", "GATEWAY_MEDIA__LED_MS": "400"}) == [
        "GATEWAY_MEDIA__LED_MS is not a setting; did you mean GATEWAY_MEDIA__LEAD_MS?",
        f"public_url ({config}) must begin with https://, not 'http://voice.example.com'",
        f"kallglot.api_key ({config}) must be text, not ***",
        f"kallglot.chunk_ms ({config}) must be a multiple of 20, not 30",
        f"kallglot.chunk ({config}) is not a setting; did you mean kallglot.chunk_ms?",
        "media.lead_ms (GATEWAY_MEDIA__LEAD_MS) must be a whole number, not 'soon'",
        f'twilio.auth_tokens ({secret}) must be a list (in the environment as JSON: ["…", "…"]), not ***',
        f"telnyx.allow_cidrs[1] ({config}) must be a network such as 192.0.2.0/24, without host bits, not '10.0.0.1/8'",
        f"store.url ({config}) must begin with sqlite:///, redis:// or rediss://, not 'postgres://***@host/db?***'",
        f"log ({config}) must be a table, not ***",
        f"colour ({config}) is not a setting",
    ]


def test_a_broken_file_does_not_hide_the_environments_problems(config: Path) -> None:
    """File and line of the one, name of the other."""
    config.write_text('[media]\nlead_ms = "soon\n')

    broken, wrong = problems(config, {"GATEWAY_SERVER__PORT": "http"})

    assert broken.startswith(f"{config} is not valid TOML")
    assert "line 2" in broken
    assert wrong == "server.port (GATEWAY_SERVER__PORT) must be a whole number, not 'http'"


def test_a_default_that_another_setting_makes_wrong_has_no_origin() -> None:
    """Nobody wrote it."""
    assert problems(None, {"GATEWAY_DRAIN__HANDOVER_AFTER_S": "300"}) == [
        "drain.deadline_s must be at least drain.handover_after_s, 300, not 120"
    ]


def test_a_section_that_is_no_table_is_reported_though_the_environment_has_a_key_of_it(config: Path) -> None:
    """One is not laid over the other."""
    config.write_text("media = 5\n")

    assert problems(config, {"GATEWAY_MEDIA__LEAD_MS": "200"}) == [f"media ({config}) must be a table, not ***"]


@pytest.mark.parametrize("variable", ["GATEWAY_SECRETS_DIR", None])
def test_a_missing_file_or_folder_is_a_problem(variable: str | None, tmp_path: Path) -> None:
    """Somebody meant it to be there."""
    missing = tmp_path / "none"

    found = problems(None, {variable: str(missing)}) if variable else problems(missing, {})

    assert len(found) == 1
    assert f"{missing}: No such file" in found[0] or f"{missing} cannot be read: No such file" in found[0]


SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=12)
SECRET_VARIABLES = [setting.variable for setting in all_settings() if setting.is_secret]
WRONG = {"GATEWAY_MEDIA__LEAD_MS": "soon"}
"""So that there is an error to look at."""


@given(SECRET, st.sampled_from(["{}", "[{}", '["{}"', '["{}", 5]', '{{"a": "{}"}}', '"{}"', '[["{}"]]']))
def test_no_secret_of_the_environment_is_ever_shown(secret: str, shape: str) -> None:
    """Not in the problems and not in a traceback, however it is mistyped."""
    environ = dict.fromkeys(SECRET_VARIABLES, shape.format(secret)) | WRONG
    environ |= {"GATEWAY_STORE__URL": f"redis:/{secret}@{secret}@host", "GATEWAY_KALLGLOT__API_KEYS": secret}

    assert secret not in shown(None, environ)


@given(SECRET, st.sampled_from(['"{}"', '["{}"]', '{{ a = "{}" }}', '[["{}"]]', '"{}', '["{}", 5]']))
def test_no_secret_of_the_file_is_ever_shown(tmp_path_factory: pytest.TempPathFactory, secret: str, shape: str) -> None:
    """Also where a secret stands for its whole section, or under a wrong key, or breaks the file."""
    written = shape.format(secret)
    config = tmp_path_factory.mktemp("config") / "gateway.toml"
    for text in (
        f"[kallglot]\napi_key = {written}\nwebhook_secret = {written}\n[twilio]\nauth_tokens = {written}\n",
        f"kallglot = {written}\ntwilio = {written}\n",
        f"[telnyx]\napi_keys = {written}\n[store]\nurl = {json.dumps(f'redis//u:{secret}@h?password={secret}')}\n",
    ):
        config.write_text(text)
        assert secret not in shown(config, WRONG)


def shown(config: Path | None, environ: Mapping[str, str]) -> str:
    """All that an operator, a log or a crash report could see of the error."""
    with pytest.raises(ConfigError) as caught:
        load_settings(config, environ)
    lines = traceback.format_exception(caught.value)
    assert caught.value.__context__ is None
    return "\n".join([str(caught.value), repr(caught.value), *lines])


def test_the_environment_is_this_processs() -> None:
    """Commands read it through here."""
    assert environment() == os.environ  # noqa: TID251  this is the test of the one place that may
