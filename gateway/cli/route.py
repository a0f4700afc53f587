"""`gateway route`: which route answers a call, and the session it would get."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.calls import Carrier, CarrierCallId, IncomingCall, SipOrigin
from gateway.cli.configuration import ConfigOption, JsonOption, read_settings
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.routing.table import RouteTable

EXAMPLE_CALL_IDS = {
    Carrier.TWILIO: CarrierCallId("CA00000000000000000000000000000000"),
    Carrier.TELNYX: CarrierCallId("v3:00000000000000000000000000000000"),
}
"""For a call that never was; shaped like the carrier's."""


def route(
    number: Annotated[str, typer.Argument(help="Called number, +14155551234, or sip: address.")],
    carrier: Annotated[Carrier, typer.Option(help="Who brings the call.")] = Carrier.TWILIO,
    caller: Annotated[str, typer.Option("--from", help="Caller's number or address.", show_default="withheld")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,  # noqa: FBT002  a flag on the command line
) -> None:
    """Show which route answers a call and the exact session body it would create."""
    from gateway.routing.body import idempotency_key, session_body
    from gateway.routing.load import load_routes
    from gateway.routing.table import describe

    call = _call(number, caller, carrier)
    table = load_routes(read_settings(config).routes)
    found = table.find(call)
    if found is None:
        raise ConfigError([f"no route answers {call.called} from {carrier}{_elsewhere(table, number, caller)}"])
    body, key = session_body(found, call), idempotency_key(call.call_id)
    if as_json:
        typer.echo(json.dumps({"route": found.name, "carrier": carrier, "idempotency_key": key, "session": body}))
        return
    typer.echo(f"route {found.name}: {describe(found)}\n")
    typer.echo(f"POST /v1/sessions\nIdempotency-Key: {key}\n")
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))


def _call(number: str, caller: str, carrier: Carrier) -> IncomingCall:
    """The call that such a webhook would announce."""
    from gateway.carriers.addresses import caller_of
    from gateway.carriers.twilio.parameters import WITHHELD_NUMBERS
    from gateway.routing.addresses import e164, sip_host

    host = sip_host(number)
    called = number if host else e164(number)
    if called is None:
        meant = e164("+" + number.lstrip("0"))
        hint = f"; is it {meant}?" if meant else ""
        raise typer.BadParameter(
            f"must be an E.164 number such as +14155551234 or a sip: address, not {number!r}{hint}"
        )
    return IncomingCall(
        carrier=carrier,
        carrier_call_id=EXAMPLE_CALL_IDS[carrier],
        account_id="",
        caller=caller_of(
            e164(caller) or caller, withheld_numbers=WITHHELD_NUMBERS if carrier is Carrier.TWILIO else ()
        ),
        called=called,
        sip=SipOrigin(host) if host else None,
    )


def _elsewhere(table: "RouteTable", number: str, caller: str) -> str:
    """A hint where only another carrier's calls are answered."""
    for carrier in Carrier:
        if found := table.find(_call(number, caller, carrier)):
            return f"; from {carrier} it is {found.name}"
    return ""
