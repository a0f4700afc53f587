"""`gateway doctor`: what is wrong with something that was refused."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.calls import Carrier
from gateway.cli.configuration import ConfigOption, JsonOption, read_settings
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.carriers.captured import Captured
    from gateway.carriers.diagnosis import Attempt, Diagnosis
    from gateway.settings.model import Settings

doctor = typer.Typer(help="Find out why something was refused.", no_args_is_help=True)

_STANDARD_INPUT = "-"


@doctor.callback()
def about() -> None:
    """Find out why something was refused."""


@doctor.command("signature")
def signature(  # noqa: PLR0913  an argument for each option
    capture: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The request as it came, or as JSON with method, url, headers, body; - for standard input.",
        ),
    ] = None,
    *,
    carrier: Annotated[
        Carrier | None, typer.Option(help="Who is meant to have signed.", show_default="by path or headers")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Instead of a file: its URL, or path and query.")] = None,
    method: Annotated[str, typer.Option(help="Its method.", show_default="POST with --body, else GET")] = "",
    header: Annotated[list[str] | None, typer.Option("--header", "-H", help="A header of it, as Name: value.")] = None,
    body: Annotated[
        str | None, typer.Option("--body", "-d", help="Its body, or @FILE; a form unless a header says otherwise.")
    ] = None,
    received: Annotated[
        int | None,
        typer.Option(help="Unix seconds when it came, to judge its age.", show_default="now"),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which URL the carrier signed, and what broke it. Exit code 0 where the signature is right, else 1."""
    request = _request(capture, url, method, header or [], body)
    signer = carrier or request.carrier
    if signer is None:
        raise ConfigError(["neither path nor headers say who signed it: add --carrier twilio or --carrier telnyx"])
    diagnosis = _diagnose(signer, request, read_settings(config), received)
    _report(signer, request, diagnosis, as_json=as_json)
    raise typer.Exit(0 if diagnosis.is_right else 1)


def _request(capture: Path | None, url: str | None, method: str, headers: list[str], body: str | None) -> "Captured":
    """The request in the file, or the one that the options make.

    Raises:
        ConfigError: there is none, or both.
    """
    from gateway.carriers.captured import captured, parse_capture
    from gateway.carriers.forms import FORM_TYPE
    from gateway.routing.toml import read_file

    if capture is not None and (url or method or headers or body is not None):
        raise ConfigError(["a file holds the whole request: --url, --method, --header and --body go without one"])
    if capture is not None:
        data = typer.get_binary_stream("stdin").read() if str(capture) == _STANDARD_INPUT else read_file(capture)
        return parse_capture(data)
    if url is None:
        raise ConfigError(["there must be a file with the request, or --url"])
    if body is None:
        return captured(method.upper() or "GET", url, headers, b"")
    data = read_file(Path(body[1:])) if body.startswith("@") else os.fsencode(body)
    if not any(header.lower().startswith("content-type:") for header in headers):
        headers = [*headers, f"content-type: {FORM_TYPE}"]
    return captured(method.upper() or "POST", url, headers, data)


def _diagnose(carrier: Carrier, request: "Captured", settings: "Settings", received_s: int | None) -> "Diagnosis":
    from gateway.carriers.telnyx import doctor as telnyx
    from gateway.carriers.twilio import doctor as twilio
    from gateway.clock import SystemClock

    if carrier is Carrier.TWILIO:
        tokens = [token.get_secret_value() for token in settings.twilio.auth_tokens]
        return twilio.diagnose(request, settings.public_url, tokens, settings.twilio.account_sid)
    return telnyx.diagnose(
        request,
        settings.telnyx.public_key,
        SystemClock().unix_ms() // 1000,
        received_s=received_s,
        require_signature=settings.telnyx.require_signature,
    )


def _report(carrier: Carrier, request: "Captured", diagnosis: "Diagnosis", *, as_json: bool) -> None:
    if as_json:
        attempts = [_attempt(attempt, diagnosis) for attempt in diagnosis.attempts]
        found = {"ok": diagnosis.is_right, "verdict": diagnosis.verdict, "carrier": carrier}
        matched = next((attempt for attempt in attempts if attempt["key"] is not None), None)
        tried = {"keys": diagnosis.keys, "matched": matched, "attempts": attempts}
        typer.echo(json.dumps({**found, "expected": diagnosis.expected, **tried}))
        return
    lines = [
        f"carrier   {carrier}",
        f"request   {request.method} {request.path}",
        f"we check  {diagnosis.expected or 'nothing'}",
        f"with      {', '.join(diagnosis.keys) or 'nothing'}",
    ]
    for attempt in diagnosis.attempts:
        result = "no" if attempt.key is None else diagnosis.keys[attempt.key]
        note = f"  ({attempt.note})" if attempt.note and attempt.note != attempt.signed else ""
        lines.append(f"  {result:<7} {attempt.signed}{note}")
    lines += ["", f"{'right' if diagnosis.is_right else 'wrong'}: {diagnosis.verdict}"]
    typer.echo("\n".join(map(_harmless, lines)))


def _attempt(attempt: "Attempt", diagnosis: "Diagnosis") -> dict[str, str | None]:
    key = None if attempt.key is None else diagnosis.keys[attempt.key]
    return {"signed": attempt.signed, "note": attempt.note, "key": key}


def _harmless(line: str) -> str:
    """A line with nothing in it that a terminal would obey: anybody can send a request."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
