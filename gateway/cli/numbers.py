"""`gateway numbers`: where the carriers send the calls of our numbers."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.calls import Carrier
from gateway.cli.configuration import ConfigOption, JsonOption, read_settings
from gateway.errors import CarrierApiError, ConfigError

if TYPE_CHECKING:
    from gateway.carriers.numbers import NumbersApi, PhoneNumber, Plan, WebhookUrls
    from gateway.settings.model import Settings

numbers = typer.Typer(help="See and set where the carriers send calls.", no_args_is_help=True)


@numbers.callback()
def about() -> None:
    """See and set where the carriers send calls."""


@numbers.command("list")
def show(
    carrier: Annotated[
        Carrier | None, typer.Option(help="Whose.", show_default="all whose account is in the settings")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,  # noqa: FBT002  a flag on the command line
) -> None:
    """Show every number, where its calls go, and whether that is here."""
    from gateway.carriers.numbers import WebhookUrls, aim

    settings = read_settings(config)
    rows = []
    for one in [carrier] if carrier else _with_account(settings):
        api = open_api(settings, one)
        wanted = api.wanted(WebhookUrls.under(settings.public_url, one))
        rows += [_row(one, number, aim(number, wanted)) for number in api.numbers()]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        goes_to = row["voice_url"] or row["application"] or "nowhere"
        typer.echo(f"{row['carrier']}  {row['number']}  {row['aim']:<9}  {goes_to}  {row['label']}".rstrip())
    if not rows:
        typer.echo("no numbers")


@numbers.command("point")
def point(
    *,
    carrier: Annotated[Carrier, typer.Option(help="Whose number it is.")],
    number: Annotated[str, typer.Option(help="The number, +14155551234.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a carrier send a number's calls here: show what differs, write it, read it back."""
    from gateway.carriers.numbers import WebhookUrls
    from gateway.routing.addresses import e164

    called = e164(number)
    if called is None:
        raise typer.BadParameter(f"must be an E.164 number such as +14155551234, not {number!r}", param_hint="--number")
    settings = read_settings(config)
    _require_own_address(settings)
    api, urls = open_api(settings, carrier), WebhookUrls.under(settings.public_url, carrier)
    plan = api.plan(called, urls)
    if not as_json:
        _print_plan(carrier, plan)
    written = bool(plan.changes) and not dry_run
    if written:
        _write(api, plan, urls)
    if as_json:
        typer.echo(json.dumps(_report(carrier, plan, written=written)))
    elif plan.changes:
        typer.echo("written, and read back" if written else "not written: --dry-run")


def open_api(settings: "Settings", carrier: Carrier) -> "NumbersApi":
    """The carrier's REST API, with the account of the settings.

    Raises:
        ConfigError: they have none.
    """
    match carrier:
        case Carrier.TWILIO:
            tokens = [token.get_secret_value() for token in settings.twilio.auth_tokens]
            _require({"twilio.account_sid": settings.twilio.account_sid, "twilio.auth_tokens": "".join(tokens[:1])})
            from gateway.carriers.twilio.rest import TwilioNumbers

            return TwilioNumbers(settings.twilio.account_sid, tokens[0], settings.twilio.api_url)
        case Carrier.TELNYX:
            key = settings.telnyx.api_key.get_secret_value()
            _require({"telnyx.api_key": key})
            from gateway.carriers.telnyx.rest import TelnyxNumbers

            return TelnyxNumbers(key, settings.telnyx.api_url)


def accounts(settings: "Settings") -> list[Carrier]:
    """The carriers whose REST API the settings have an account for."""
    found = []
    if settings.twilio.account_sid and settings.twilio.auth_tokens:
        found.append(Carrier.TWILIO)
    if settings.telnyx.api_key.get_secret_value():
        found.append(Carrier.TELNYX)
    return found


def _with_account(settings: "Settings") -> list[Carrier]:
    found = accounts(settings)
    if not found:
        raise ConfigError(
            ["neither twilio.account_sid and twilio.auth_tokens nor telnyx.api_key are set: no account to ask"]
        )
    return found


def _require_own_address(settings: "Settings") -> None:
    """Refuse an address that would send a number's callers to somebody else, or to nobody.

    Raises:
        ConfigError: the settings have such a one.
    """
    from urllib.parse import urlsplit

    from gateway.settings.checks import is_loopback

    if settings.public_url == type(settings).model_fields["public_url"].default:
        raise ConfigError([f"public_url (GATEWAY_PUBLIC_URL) is still the example, {settings.public_url!r}"])
    if is_loopback(urlsplit(settings.public_url).hostname or ""):
        raise ConfigError([f"public_url (GATEWAY_PUBLIC_URL) is this machine's alone, {settings.public_url!r}"])


def _require(values: dict[str, str]) -> None:
    from gateway.settings.fields import all_settings

    variables = {setting.name: setting.variable for setting in all_settings()}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise ConfigError([f"{name} ({variables[name]}) is missing; the carrier's API wants it" for name in missing])


def _write(api: "NumbersApi", plan: "Plan", urls: "WebhookUrls") -> None:
    """Write, and read back: a carrier may take a request and do something else.

    Raises:
        CarrierApiError: it is not as it was written.
    """
    api.write(plan)
    left = api.plan(plan.number.number, urls).changes
    if left:
        differing = ", ".join(f"{change.setting} is {change.before!r}" for change in left)
        raise CarrierApiError(f"{plan.number.number} is not as it was written: {differing}")


def _print_plan(carrier: Carrier, plan: "Plan") -> None:
    name = f"{plan.number.number} at {carrier}" + (f", {plan.number.label}" if plan.number.label else "")
    if not plan.changes:
        typer.echo(f"{name}: its calls come here; nothing to change")
        return
    typer.echo(f"{name}:")
    for change in plan.changes:
        typer.echo(f"  {change.setting}: {change.before or '(none)'} -> {change.after or '(none)'}")
    if plan.also:
        typer.echo(f"  also for {', '.join(plan.also)}, by the same application")


def _report(carrier: Carrier, plan: "Plan", *, written: bool) -> dict[str, Any]:
    return {
        "carrier": carrier,
        "number": plan.number.number,
        "changes": [
            {"setting": change.setting, "before": change.before, "after": change.after} for change in plan.changes
        ],
        "also": list(plan.also),
        "written": written,
    }


def _row(carrier: Carrier, number: "PhoneNumber", aim: str) -> dict[str, str]:
    return {
        "carrier": carrier,
        "number": number.number,
        "label": number.label,
        "voice_url": number.settings.get("voice_url", ""),
        "application": number.application,
        "aim": aim,
    }
