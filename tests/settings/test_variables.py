from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.settings.variables import (
    Variable,
    environment_variables,
    nested,
    secret_files,
    unknown_variables,
)


def test_only_our_variables_are_taken() -> None:
    """Whatever their case."""
    found = environment_variables({"GATEWAY_PUBLIC_URL": "a", "gateway_log__format": "b", "PATH": "c"})

    assert found == {
        "gateway_public_url": Variable("a", "GATEWAY_PUBLIC_URL"),
        "gateway_log__format": Variable("b", "gateway_log__format"),
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("GATEWAY_SERVICE_PORT", "80"),
        ("GATEWAY_SERVICE_PORT_HTTP", "80"),
        ("GATEWAY_PORT", "tcp://10.0.0.1:80"),
        ("GATEWAY_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("GATEWAY_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("GATEWAY_ADMIN_SERVICE_HOST", "10.0.0.1"),
        ("GATEWAY_ADMIN_PORT", "tcp://10.0.0.1:9090"),
        ("GATEWAY_ADMIN_PORT_9090_TCP_PROTO", "tcp"),
    ],
)
def test_what_kubernetes_adds_for_a_service_of_our_name_is_ignored(name: str, value: str) -> None:
    """A Service called `gateway` must not keep its pods from starting."""
    assert environment_variables({name: value}) == {}


@pytest.mark.parametrize("name", ["GATEWAY_PORT", "GATEWAY_SERVER_PORT", "GATEWAY_ADMIN_PORT", "gateway_admin_port"])
def test_a_port_with_one_underscore_too_few_is_named(name: str) -> None:
    """Taken for Kubernetes' it would be ignored without a word, and the gateway listen on another port."""
    (problem,) = unknown_variables(environment_variables({name: "8081"}))

    assert problem.startswith(f"{name} is not a setting")


def test_what_a_command_takes_from_the_environment_is_ignored() -> None:
    """The simulator's key in a shell must not keep a gateway from starting there."""
    assert environment_variables({"GATEWAY_CALL_SIGNING_KEY": "c2VlZA=="}) == {}


def test_a_port_of_a_section_is_no_service() -> None:
    """Nor is a misspelt one."""
    assert environment_variables({"GATEWAY_SERVER__PORT": "1", "GATEWAY_SERVR__PORT": "1"}).keys() == {
        "gateway_server__port",
        "gateway_servr__port",
    }


def test_unknown_variables_are_named_with_a_suggestion() -> None:
    """Files by their path."""
    assert unknown_variables(
        {
            "gateway_media__lead": Variable("1", "GATEWAY_MEDIA__LEAD"),
            "gateway_zzz": Variable("1", "GATEWAY_ZZZ"),
            "gateway_kallglot__apikey": Variable("sk", "/run/secrets/gateway_kallglot__apikey"),
            "gateway_media__lead_ms": Variable("1", "GATEWAY_MEDIA__LEAD_MS"),
        }
    ) == [
        "GATEWAY_MEDIA__LEAD is not a setting; did you mean GATEWAY_MEDIA__LEAD_MS?",
        "GATEWAY_ZZZ is not a setting",
        "/run/secrets/gateway_kallglot__apikey is not a setting; did you mean GATEWAY_KALLGLOT__API_KEY?",
    ]


def test_variables_become_tables() -> None:
    """Lists from JSON; what is no JSON is left for validation to report."""
    assert nested(
        {
            "gateway_public_url": Variable("https://a.b", ""),
            "gateway_media__lead_ms": Variable("200", ""),
            "gateway_twilio__auth_tokens": Variable('["a", "b"]', ""),
            "gateway_telnyx__allow_cidrs": Variable("10.0.0.0/8", ""),
        }
    ) == {
        "public_url": "https://a.b",
        "media": {"lead_ms": "200"},
        "twilio": {"auth_tokens": ["a", "b"]},
        "telnyx": {"allow_cidrs": "10.0.0.0/8"},
    }


def test_secret_files_are_read_as_kubernetes_mounts_them(tmp_path: Path) -> None:
    """Links through ..data; other applications' files are not ours."""
    version = tmp_path / "..2026_01_01"
    version.mkdir()
    (version / "gateway_kallglot__api_key").write_text("sk_live_1\n")
    (version / "GATEWAY_LOG__FORMAT").write_text("json\r\n")
    (version / "password").write_text("other")
    (tmp_path / "..data").symlink_to(version.name)
    for name in ("gateway_kallglot__api_key", "GATEWAY_LOG__FORMAT", "password"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    (tmp_path / "gateway_folder").mkdir()

    found = secret_files(tmp_path)

    assert found == {
        "gateway_kallglot__api_key": Variable("sk_live_1", str(tmp_path / "gateway_kallglot__api_key")),
        "gateway_log__format": Variable("json", str(tmp_path / "GATEWAY_LOG__FORMAT")),
    }


def test_a_byte_order_mark_is_no_part_of_a_secret(tmp_path: Path) -> None:
    """An editor on Windows puts one before a token, which then signs nothing right."""
    (tmp_path / "gateway_twilio__auth_tokens").write_bytes(b'\xef\xbb\xbf["12345"]\r\n')

    assert secret_files(tmp_path)["gateway_twilio__auth_tokens"].value == '["12345"]'


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Without a byte of it."""
    (tmp_path / "gateway_kallglot__api_key").write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match=r"gateway_kallglot__api_key must be UTF-8 text$"):
        secret_files(tmp_path)


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    """A secret that was meant to be mounted."""
    (tmp_path / "gateway_kallglot__api_key").symlink_to("..data/gateway_kallglot__api_key")

    with pytest.raises(ConfigError, match="gateway_kallglot__api_key cannot be read: No such file"):
        secret_files(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A volume that was not mounted."""
    with pytest.raises(ConfigError, match=r"secrets_dir cannot be read: .*none: No such file"):
        secret_files(tmp_path / "none")


def test_what_is_no_folder_s_name_is_named() -> None:
    with pytest.raises(ConfigError, match="secrets_dir is no path"):
        secret_files(Path("a\x00b"))


def test_what_json_nests_too_deeply_is_left_for_validation() -> None:
    """Which reports it under the setting's name, with all other problems."""
    deep = "[" * 100_000
    assert nested({"gateway_twilio__auth_tokens": Variable(deep, "")}) == {"twilio": {"auth_tokens": deep}}
