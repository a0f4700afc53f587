import json
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator
from typer.testing import CliRunner, Result

from gateway.cli.app import app
from gateway.errors import ConfigError

TOKEN = "0123456789abcdef0123456789abcdef"
PATH = "/webhooks/twilio/voice"
URL = f"https://b.example.com{PATH}"
BODY = "CallSid=CA1&ToCity="
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "gateway.toml"
    config.write_text(f'public_url = "https://b.example.com"\n[twilio]\nauth_tokens = ["{TOKEN}"]\n')
    return config


def signature(url: str = URL) -> str:
    made = RequestValidator(TOKEN).compute_signature(url, {"CallSid": "CA1", "ToCity": ""})
    return f"X-Twilio-Signature: {made}"


def capture(tmp_path: Path, *lines: str) -> Path:
    """A file with the request."""
    path = tmp_path / "request.txt"
    path.write_text("\n".join((f"POST {PATH} HTTP/1.1", FORM, *lines, "", BODY)))
    return path


def run(config: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["doctor", "signature", *arguments, "--config", str(config)], input=stdin)


def test_a_right_signature_is_exit_code_0(config: Path, tmp_path: Path) -> None:
    """With the token that fits, as far as its owner recognises it."""
    result = run(config, str(capture(tmp_path, signature())))
    assert result.exit_code == 0
    assert f"01…ef   {URL}\n" in result.stdout
    assert result.stdout.endswith("right: the signature is right: token 1 of 1 in twilio.auth_tokens made it\n")
    assert TOKEN not in result.stdout


def test_a_wrong_signature_is_exit_code_1_and_a_sentence(config: Path, tmp_path: Path) -> None:
    lines = (signature(f"https://a.example.com{PATH}"), "Host: a.example.com")
    result = run(config, str(capture(tmp_path, *lines)))
    assert result.exit_code == 1
    assert "public_url says https://b.example.com but the carrier signed https://a.example.com" in result.stdout
    assert f"  no      {URL}/  (with a slash at the end)\n" in result.stdout


def test_the_request_may_be_said_like_curls(config: Path, tmp_path: Path) -> None:
    """With the body on the command line or in a file; the path says whose it is."""
    (tmp_path / "body").write_text(BODY)
    for body in (BODY, f"@{tmp_path / 'body'}"):
        result = run(config, "--url", URL, "-H", FORM, "-H", signature(), "-d", body, "--json")
        assert result.exit_code == 0
        found = json.loads(result.stdout)
        assert found["ok"] is True
        assert found["carrier"] == "twilio"
        assert found["expected"] == URL
        assert found["keys"] == ["01…ef"]
        assert found["attempts"][0] == {"signed": URL, "note": "", "key": "01…ef"}
        assert found["attempts"][1]["key"] is None
        assert found["matched"] == found["attempts"][0]


def test_a_body_is_a_form_unless_a_header_says_otherwise(config: Path) -> None:
    """As it is for curl, and as carriers send them."""
    request = ("--url", URL, "-H", signature(), "-d", BODY)
    assert run(config, *request).exit_code == 0
    result = run(config, *request, "-H", "content-type: text/plain")
    assert result.stdout.endswith("the body is no form and bodySHA256 is missing\n")


def test_the_request_may_come_in_on_standard_input(config: Path, tmp_path: Path) -> None:
    text = capture(tmp_path, signature()).read_text()
    assert run(config, "-", stdin=text).exit_code == 0


def test_the_request_may_be_json(config: Path, tmp_path: Path) -> None:
    """As request inspectors export it; what matches nothing has no match."""
    name, value = signature().split(": ")
    headers = {"Content-Type": "application/x-www-form-urlencoded", name: value}
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"method": "POST", "url": URL, "headers": headers, "body": BODY}))
    assert run(config, str(path)).exit_code == 0
    path.write_text(json.dumps({"method": "POST", "url": URL, "headers": headers, "body": BODY + "&Digits=1"}))
    result = run(config, str(path), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["matched"] is None
    assert TOKEN not in result.stdout


def test_a_request_cannot_write_to_the_terminal(config: Path) -> None:
    """Anybody can send one with control characters in its path."""
    result = run(config, "-", stdin=f"POST {PATH}?\x1b[2J HTTP/1.1\n\n")
    assert "\x1b" not in result.stdout
    assert f"{PATH}?\\x1b[2J" in result.stdout


def test_telnyx_is_checked_by_its_own_rules(config: Path) -> None:
    """The key is missing here: that is what is said, whatever the request looks like."""
    result = run(config, "--url", "/webhooks/telnyx/voice", "--method", "post")
    assert result.exit_code == 1
    assert result.stdout.endswith("wrong: telnyx.public_key is empty: no signature can be checked\n")
    assert "with      nothing" in result.stdout


def test_what_signs_nothing_is_checked_against_nothing(config: Path) -> None:
    result = run(config, "--url", "/media/telnyx/call_1.x")
    assert result.exit_code == 0
    assert "we check  nothing" in result.stdout


def test_the_carrier_must_be_known(config: Path) -> None:
    result = run(config, "--url", "/voice")
    assert isinstance(result.exception, ConfigError)
    assert "add --carrier" in str(result.exception)
    assert run(config, "--url", "/voice", "--carrier", "twilio").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "there must be a file with the request, or --url", id="nothing"),
        pytest.param(["x", "--url", "/"], "a file holds the whole request", id="both"),
        pytest.param(["/does/not/exist"], "cannot be read", id="no-file"),
        pytest.param(["--url", "/", "-H", "hello"], "must be written Name: value", id="no-header"),
        pytest.param(["--url", "/", "-d", "@/does/not/exist"], "cannot be read", id="no-body"),
    ],
)
def test_what_is_no_request_is_said(config: Path, arguments: list[str], words: str) -> None:
    result = run(config, *arguments)
    assert isinstance(result.exception, ConfigError)
    assert words in str(result.exception)
