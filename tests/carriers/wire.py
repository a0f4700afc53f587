"""Reads the recorded and documented messages of `tests/data`, and wraps them in requests."""

from pathlib import Path
from urllib.parse import urlencode

from gateway.carriers.base import WebhookRequest
from gateway.carriers.forms import FORM_TYPE

DATA = Path(__file__).parent.parent / "data"
HOST = "https://voice.example.com"


def read(name: str) -> bytes:
    """One message or form body, `twilio/start.json`."""
    return (DATA / name).read_bytes()


def post(path: str, body: bytes, **headers: str) -> WebhookRequest:
    """A POST of a form; header names are written with `_` for `-`."""
    return WebhookRequest("POST", HOST + path, {"content-type": FORM_TYPE} | _named(headers), body, "203.0.113.7")


def post_form(*pairs: tuple[str, str]) -> WebhookRequest:
    """A POST of these parameters."""
    return post("/hook", urlencode(pairs).encode())


def get(path: str, **headers: str) -> WebhookRequest:
    """A GET; header names are written with `_` for `-`."""
    return WebhookRequest("GET", HOST + path, _named(headers), b"", "203.0.113.7")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
