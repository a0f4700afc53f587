"""What operators write: settings, routes, the environment, mounted files."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.clip import load_clip
from gateway.calls import Carrier
from gateway.carriers.telnyx.webhooks import TelnyxWebhooks
from gateway.cli.call_secrets import secrets_for
from gateway.errors import ConfigError
from gateway.routing.load import load_routes, parse_routes
from gateway.settings.fields import all_settings
from gateway.settings.load import load_settings
from gateway.settings.missing import missing_secrets
from gateway.settings.model import Settings
from gateway.settings.policies import bridge_policy, lifecycle_policy, telnyx_policy
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import mangled, texts

CONFIG = Path(__file__).parent.parent.parent / "config"
SETTINGS = (CONFIG / "gateway.toml").read_bytes()
ROUTES = (CONFIG / "routes.toml").read_bytes()
TOKEN = "kept-to-oneself"

literals = st.sampled_from((
    "0", "-1", "1.5", "inf", "nan", "true", '""', '"x"', '"\\u0000"', "[]", '["x"]', '["\\u0000"]', "{}", "[[]]",
    "{ a = 1 }", "1979-05-27", "07:32:00", "1" * 5000, "0x" + "f" * 5000, "[" * 3000, '"' + "x" * 3000 + '"', "9e999",
    '"+14155551234"', '"sip:a@b"', '"http://[::1"', '"redis://:p@[x"', '"sqlite:///"', '"https://a:99999"', '"\\u00e9"',
    '{ dial = "sip:" }', '{ say = "", then = {} }', '{ connection_id = "" }', "{ a.b.c.d.e = [[[[1]]]] }",
))  # fmt: skip


@st.composite
def tomls(draw: st.DrawFn, original: bytes) -> bytes:
    """The file with other values, or hardly a file any more."""
    if draw(st.integers(0, 3)) == 0:
        return draw(mangled([original]))
    lines = original.decode().splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from([i for i, line in enumerate(lines) if "=" in line and not line.startswith("#")]))
        key = lines[at].partition("=")[0]
        match draw(st.integers(0, 5)):
            case 0:
                lines.insert(at, lines[at])
            case 1:
                lines[at] = f"{key.strip()}_ = {draw(literals)}"
            case 2:
                lines[at] = f"{key.strip()}.x = {draw(literals)}"
            case _:
                lines[at] = f"{key} = {draw(literals)}"
    return "\n".join(lines).encode()


def _use(settings: Settings) -> None:
    """What the gateway does with settings before it serves; nothing but a `ConfigError` may come of it."""
    bridge_policy(settings)
    lifecycle_policy(settings)
    TelnyxWebhooks(telnyx_policy(settings))
    missing_secrets(settings, load_routes(settings.routes).routes)


@fuzz(55)
@given(tomls(SETTINGS))
def test_a_settings_file_is_settings_or_problems(content: bytes) -> None:
    """Every problem is named."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gateway.toml"
        path.write_bytes(content)
        (Path(folder) / "routes.toml").write_bytes(ROUTES)
        try:
            _use(load_settings(path, {}))
        except ConfigError as exc:
            assert all(exc.problems)
            assert exc.problems


@fuzz(66)
@given(tomls(ROUTES))
def test_a_routes_file_is_a_table_or_problems(content: bytes) -> None:
    """So that a bad reload keeps the old table."""
    try:
        assert parse_routes(content, "routes.toml").routes
    except ConfigError as exc:
        assert all(problem.startswith("routes.toml") for problem in exc.problems)


variables = st.dictionaries(
    st.one_of(
        st.sampled_from([setting.variable for setting in all_settings()]),
        st.sampled_from(
            ["GATEWAY_", "GATEWAY___", "gateway_media__lead_ms", "GATEWAY_MEDIA", "GATEWAY_MEDIA__", "PATH"]
        ),
        texts.map("GATEWAY_".__add__),
    ),
    st.one_of(
        texts,
        st.sampled_from(
            ["[", "[" * 100_000, '["\\ud800"]', "{}", '{"a":' * 9_000, "true", "1", "1e999", '["10.0.0.0/8"]']
        ),
        # What is not UTF-8 in the environment.
        st.just("\udcff"),
    ),
    max_size=4,
)


@fuzz(55)
@given(variables)
def test_an_environment_is_settings_or_problems(environ: dict[str, str]) -> None:
    """With the settings' names, and without the secrets' values."""
    try:
        load_settings(
            None, {**environ, "GATEWAY_KALLGLOT__API_KEY": TOKEN, "GATEWAY_TWILIO__AUTH_TOKENS": f'["{TOKEN}"'}
        )
    except ConfigError as exc:
        assert TOKEN not in str(exc)
        assert exc.__context__ is None


@fuzz(22)
@given(st.dictionaries(st.sampled_from(["GATEWAY_MEDIA__LEAD_MS", "gateway_x", "other"]), st.binary(max_size=20)))
def test_mounted_files_are_settings_or_problems(files: dict[str, bytes]) -> None:
    """As Kubernetes mounts them, with anything in them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            load_settings(None, {"GATEWAY_SECRETS_DIR": folder})
        except ConfigError as exc:
            assert all(folder in problem for problem in exc.problems)


@fuzz(33)
@given(st.one_of(texts, st.binary(max_size=40).map(repr)), st.sampled_from(Carrier), st.booleans())
def test_what_a_simulated_call_is_signed_with_is_told_or_refused(
    text: str, carrier: Carrier, in_environment: bool
) -> None:
    """On the command line or in the environment."""
    given_key, environ = (None, {"GATEWAY_CALL_SIGNING_KEY": text}) if in_environment else (text, {})
    try:
        secrets_for(carrier, text, given_key, None, environ)
    except ConfigError as exc:
        assert len(text) < 8 or text not in str(exc)


@fuzz(22)
@given(texts)
def test_a_path_is_a_file_or_a_problem(name: str) -> None:
    """What TOML can hold is not always a path."""
    try:
        load_routes(Path("/nowhere") / name)
    except ConfigError as exc:
        assert exc.problems
    try:
        load_clip(Path("/nowhere") / name, "media.hold_clip")
    except ConfigError as exc:
        assert exc.problems
