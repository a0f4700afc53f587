import httpx
import pytest

from gateway.cli.admin import admin_url, read
from gateway.errors import ConfigError
from gateway.settings.model import Settings


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9090"),
        ("0.0.0.0", "http://127.0.0.1:9090"),
        ("::", "http://[::1]:9090"),
        ("admin.test", "http://admin.test:9090"),
    ],
)
def test_a_listener_is_asked_where_it_can_be(host: str, url: str) -> None:
    assert admin_url(Settings.model_validate({"admin": {"host": host}})) == url


@pytest.mark.parametrize("said", [b"<html>hello", b'{"calls": 7}', b"[]", b""], ids=["page", "other", "list", "empty"])
def test_another_service_on_the_port_is_not_taken_for_a_gateway(said: bytes) -> None:
    """Whatever it says; the settings that lead there are named."""
    with pytest.raises(ConfigError, match=r"admin\.port: what answers at http://127\.0\.0\.1:9090 is no gateway"):
        read(Settings(), httpx.Response(200, content=said), dict[str, list[str]])
