import pytest

from gateway.cli.admin import admin_url
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
