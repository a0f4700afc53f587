"""`gateway check`: whether the configuration is right and what it names can be reached."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.configuration import ConfigOption, JsonOption, config_file, read_settings
from gateway.errors import CarrierApiError, ConfigError

if TYPE_CHECKING:
    from gateway.calls import Carrier
    from gateway.routing.routes import Route
    from gateway.settings.model import Settings


@dataclass(slots=True)
class Findings:
    """What was found so far, good and bad."""

    checked: list[str] = field(default_factory=list)
    routes: list[dict[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What has time until the problems are gone, or may be meant."""
    problems: list[str] = field(default_factory=list)

    def collect(self, step: Callable[[], str]) -> None:
        """Do one step of the check; what it finds wrong does not keep the next from being done."""
        try:
            self.checked.append(step())
        except ConfigError as exc:
            self.problems += exc.problems
        except CarrierApiError as exc:
            self.problems.append(str(exc))


def check(
    config: ConfigOption = None,
    as_json: JsonOption = False,  # noqa: FBT002  a flag on the command line
    offline: Annotated[bool, typer.Option("--offline", help="Reach nothing.")] = False,  # noqa: FBT002  likewise
    live: Annotated[  # noqa: FBT002  likewise
        bool,
        typer.Option(
            "--live",
            help="Also use them as a call would: Kallglot's key, credits and agents, the carriers' APIs,"
            " name and certificate of public_url, a media handshake through it.",
        ),
    ] = False,
) -> None:
    """Check settings and routes, then reach what they name. Exit code 1 where anything is wrong."""
    if offline and live:
        raise typer.BadParameter("--offline and --live are opposites")
    findings = Findings()
    try:
        settings = read_settings(config)
    except ConfigError as exc:
        findings.problems += exc.problems
    else:
        findings.checked.append(f"settings: {config_file(config) or 'defaults and environment'}")
        findings.collect(lambda: _routes(settings, findings))
        if settings.media.hold_clip is not None:
            findings.collect(partial(_hold_clip, settings.media.hold_clip))
        if not offline:
            _reach_store(settings, findings)
            (_use if live else _reach)(settings, findings)
    _report(findings, as_json=as_json)


def _routes(settings: "Settings", findings: Findings) -> str:
    """The routes, and what they and the settings lack together."""
    from gateway.routing.load import load_routes
    from gateway.routing.table import describe

    try:
        table = load_routes(settings.routes)
    except ConfigError:
        _lacking(settings, (), findings)
        raise
    _lacking(settings, table.routes, findings)
    findings.routes += [
        {"name": route.name, "answers": describe(route), "mode": route.mode.value} for route in table.routes
    ]
    return f"routes: {settings.routes}, {len(table.routes)} in all"


def _hold_clip(path: Path) -> str:
    """What callers hear while Kallglot is away; a gateway without it does not start."""
    from gateway.audio.clip import load_clip
    from gateway.audio.formats import PCMU_8K

    clip = load_clip(path, "media.hold_clip")
    return f"media.hold_clip: {path}, {len(clip) / PCMU_8K.rate_hz:.1f} s"


def _lacking(settings: "Settings", routes: "Iterable[Route]", findings: Findings) -> None:
    """The secrets that are missing, the address that is nobody's yet, and who is believed without a signature."""
    from gateway.settings.missing import missing_secrets, unguarded

    missing = missing_secrets(settings, routes)
    findings.problems += missing
    findings.remarks += unguarded(settings)
    if _is_example(settings):
        said = f"public_url (GATEWAY_PUBLIC_URL) must be your own address, not the example {settings.public_url!r}"
        # Signatures are checked against it, once there is a secret to check them with.
        (findings.remarks if missing else findings.problems).append(said)


def _is_example(settings: "Settings") -> bool:
    from gateway.settings.model import Settings

    return bool(settings.public_url == Settings.model_fields["public_url"].default)


def _reach_store(settings: "Settings", findings: Findings) -> None:
    from gateway.cli.reach import reach_store

    findings.collect(lambda: reach_store(settings.store.url))


def _reach(settings: "Settings", findings: Findings) -> None:
    from gateway.cli.reach import reach_kallglot

    if settings.kallglot.api_key.get_secret_value():
        findings.collect(lambda: reach_kallglot(settings.kallglot.base_url))


def _use(settings: "Settings", findings: Findings) -> None:
    """Ask everybody whom a call would need, as far as there is something to ask them with."""
    from gateway.cli.live import reach_certificate, reach_media, reach_name
    from gateway.cli.numbers import accounts

    if settings.kallglot.api_key.get_secret_value():
        _use_kallglot(settings, findings)
    for carrier in accounts(settings):
        findings.collect(partial(_reach_carrier, settings, carrier))
    if not _is_example(settings):
        findings.collect(lambda: reach_name(settings.public_url))
        findings.collect(lambda: reach_certificate(settings.public_url))
        findings.collect(lambda: reach_media(settings))


def _use_kallglot(settings: "Settings", findings: Findings) -> None:
    from gateway.cli.live import agents, reach_account, reach_agent
    from gateway.routing.load import load_routes

    findings.collect(lambda: reach_account(settings))
    with suppress(ConfigError):  # which has been found already
        for route, agent_id in agents(load_routes(settings.routes).routes):
            findings.collect(partial(reach_agent, settings, route, agent_id))


def _reach_carrier(settings: "Settings", carrier: "Carrier") -> str:
    from gateway.cli.numbers import open_api

    return open_api(settings, carrier).reach()


def _report(findings: Findings, *, as_json: bool) -> None:
    """Print what was found.

    Raises:
        ConfigError: something is wrong.
    """
    if as_json:
        report = {"ok": not findings.problems, "checked": findings.checked, "routes": findings.routes}
        typer.echo(json.dumps({**report, "remarks": findings.remarks, "problems": findings.problems}))
        raise typer.Exit(1 if findings.problems else 0)
    for line in findings.checked:
        typer.echo(f"ok  {line}")
    for route in findings.routes:
        typer.echo(f"      {route['name']}: {route['answers']} -> {route['mode']}")
    for remark in findings.remarks:
        typer.echo(f"--  {remark}")
    if findings.problems:
        raise ConfigError(findings.problems)
