"""What a simulated call is signed with: what was given, else what the settings and the environment know."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.calls import Carrier
from gateway.cli.configuration import config_file
from gateway.errors import ConfigError
from gateway.settings.load import load_settings

SIGNING_KEY = "GATEWAY_CALL_SIGNING_KEY"
"""The environment variable for Telnyx' private key: only the simulator has one, so it is no setting."""

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class CallSecrets:
    """For one carrier; None is not signed with."""

    auth_token: str | None = None
    signing_seed: str | None = None
    unsigned: str = ""
    """Why the call is not signed, "" where it is."""


def twilio_secrets(given: str | None, config: Path | None, environ: Mapping[str, str]) -> CallSecrets:
    """The token given, else the first of `twilio.auth_tokens` where the settings can be read.

    Raises:
        ConfigError: the settings of a file that was named cannot be used.
    """
    if given is not None:
        return CallSecrets(auth_token=given)
    try:
        tokens = load_settings(config_file(config), environ).twilio.auth_tokens
    except ConfigError:
        if config is not None:
            raise
        return CallSecrets(unsigned="no --auth-token, and the settings cannot be used (see gateway check)")
    if not tokens:
        return CallSecrets(unsigned="no --auth-token, and twilio.auth_tokens is empty")
    return CallSecrets(auth_token=tokens[0].get_secret_value())


def telnyx_secrets(given: str | None, environ: Mapping[str, str]) -> CallSecrets:
    """The key given, else the environment's.

    Raises:
        ConfigError: it is no key.
    """
    name, seed = ("--signing-key", given) if given is not None else (SIGNING_KEY, environ.get(SIGNING_KEY))
    if not seed:
        return CallSecrets(unsigned=f"no --signing-key and no {SIGNING_KEY}")
    try:
        size = len(base64.b64decode(seed, validate=True))
    except ValueError:  # binascii.Error, and what is not even ASCII
        size = 0
    if size != _SEED_BYTES:
        raise ConfigError([f"{name} must be {_SEED_BYTES} bytes in base64, the seed of an Ed25519 key"])
    return CallSecrets(signing_seed=seed)


def secrets_for(
    carrier: Carrier, auth_token: str | None, signing_key: str | None, config: Path | None, environ: Mapping[str, str]
) -> CallSecrets:
    """What a call from this carrier is signed with.

    Raises:
        ConfigError: what is there cannot be used.
    """
    if carrier is Carrier.TELNYX:
        return telnyx_secrets(signing_key, environ)
    return twilio_secrets(auth_token, config, environ)
