import base64
from pathlib import Path

import pytest

from gateway.calls import Carrier
from gateway.cli.call_secrets import CallSecrets, secrets_for
from gateway.errors import ConfigError

SEED = base64.b64encode(bytes(32)).decode()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no `config/gateway.toml` is."""
    monkeypatch.chdir(tmp_path)


def test_a_token_that_is_given_is_taken() -> None:
    """Whatever the settings say."""
    environ = {"GATEWAY_TWILIO__AUTH_TOKENS": '["a"]'}

    assert secrets_for(Carrier.TWILIO, "b", None, None, environ) == CallSecrets(auth_token="b")


def test_else_it_is_the_first_of_the_settings(tmp_path: Path) -> None:
    """From a file or the environment, like the gateway's own."""
    config = tmp_path / "gateway.toml"
    config.write_text('[twilio]\nauth_tokens = ["a", "b"]\n')

    assert secrets_for(Carrier.TWILIO, None, None, config, {}) == CallSecrets(auth_token="a")
    assert secrets_for(Carrier.TWILIO, None, None, None, {"GATEWAY_TWILIO__AUTH_TOKENS": '["c"]'}).auth_token == "c"


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "no --auth-token, and twilio.auth_tokens is empty"),
        (
            {"GATEWAY_MEDIA__LEAD_MS": "soon"},
            "no --auth-token, and the settings cannot be used (see gateway check)",
        ),
    ],
    ids=["none", "unreadable"],
)
def test_without_a_token_twilio_signs_nothing(environ: dict[str, str], why: str) -> None:
    """And the reason is known."""
    assert secrets_for(Carrier.TWILIO, None, None, None, environ) == CallSecrets(unsigned=why)


def test_a_file_that_was_named_must_be_right(tmp_path: Path) -> None:
    """It was named for its token."""
    config = tmp_path / "gateway.toml"
    config.write_text("[twilio]\nauth_token = 'a'\n")

    with pytest.raises(ConfigError, match=r"twilio\.auth_token .* is not a setting"):
        secrets_for(Carrier.TWILIO, None, None, config, {})


def test_telnyx_key_is_given_or_in_the_environment() -> None:
    """The gateway knows only the public half."""
    variable = {"GATEWAY_CALL_SIGNING_KEY": SEED}

    assert secrets_for(Carrier.TELNYX, None, SEED, None, {}) == CallSecrets(signing_seed=SEED)
    assert secrets_for(Carrier.TELNYX, None, None, None, variable) == CallSecrets(signing_seed=SEED)


def test_without_a_key_telnyx_signs_nothing() -> None:
    """Some gateways do not ask for it."""
    assert secrets_for(Carrier.TELNYX, None, None, None, {}).unsigned == (
        "no --signing-key and no GATEWAY_CALL_SIGNING_KEY"
    )


@pytest.mark.parametrize(
    "key", ["swordfish", "c3dvcmRmaXNo", "Schwertfischgräte"], ids=["no base64", "too short", "no ASCII"]
)
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    """By the name of where it came from."""
    with pytest.raises(ConfigError) as caught:
        secrets_for(Carrier.TELNYX, None, key, None, {})
    assert str(caught.value) == "--signing-key must be 32 bytes in base64, the seed of an Ed25519 key"

    with pytest.raises(ConfigError, match="GATEWAY_CALL_SIGNING_KEY must be"):
        secrets_for(Carrier.TELNYX, None, None, None, {"GATEWAY_CALL_SIGNING_KEY": key})
