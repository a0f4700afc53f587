"""`gateway call`: one simulated call to a gateway that runs."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.calls import Carrier
from gateway.cli.configuration import ConfigOption, JsonOption
from gateway.simulator.fault_specs import fault_help

if TYPE_CHECKING:
    from gateway.simulator.plan import CallPlan
    from gateway.simulator.report import CallReport


class Codec(StrEnum):
    """What the caller's leg sounds like; Twilio makes PCMU of everything."""

    PCMU = "PCMU"
    PCMA = "PCMA"
    L16 = "L16"
    G722 = "G722"


class Method(StrEnum):
    """How a document is asked for."""

    POST = "POST"
    GET = "GET"


_NOT_TOLD = frozenset({"sent_audio", "received_audio", "heard", "sent_ns", "received_ns"})
"""Of a report: sound, and a time for each of its frames."""


_FAULTS = fault_help()
_PATIENCE_S = 5.0
"""Seconds of silence after which a caller hangs up who was not told when to."""


def call(  # noqa: PLR0913  an argument for each option
    url: Annotated[str, typer.Argument(help="Where the gateway is, http://127.0.0.1:8080.")],
    *,
    carrier: Annotated[Carrier, typer.Option(help="Who brings the call.")],
    to: Annotated[str, typer.Option(help="Called number, or user@domain with --sip.")] = "+14155551234",
    from_: Annotated[str, typer.Option("--from", help="Caller's number.")] = "+14155550100",
    wav: Annotated[Path | None, typer.Option(help="What the caller says.", show_default="a recorded sentence")] = None,
    record: Annotated[Path | None, typer.Option(help="Write what the caller heard there, as WAV.")] = None,
    codec: Annotated[Codec, typer.Option(help="The caller's codec; twilio knows PCMU only.")] = Codec.PCMU,
    rate: Annotated[int, typer.Option(help="Samples a second: 8000, or 16000 with L16.")] = 8000,
    public_url: Annotated[
        str, typer.Option(help="The gateway's public_url, which is signed.", show_default="URL")
    ] = "",
    auth_token: Annotated[
        str | None,
        typer.Option(help="Signs as twilio.", show_default="the settings' first twilio.auth_tokens"),
    ] = None,
    signing_key: Annotated[
        str | None,
        typer.Option(help="Signs as telnyx: 32 bytes, base64.", show_default="GATEWAY_CALL_SIGNING_KEY"),
    ] = None,
    hangup_after: Annotated[
        float | None,
        typer.Option(help="Seconds until the caller hangs up.", show_default="5 s after the last sound"),
    ] = None,
    method: Annotated[Method, typer.Option(help="How the first document is asked for.")] = Method.POST,
    sip: Annotated[bool, typer.Option("--sip", help="The call comes from a SIP domain.")] = False,
    sip_domain: Annotated[str, typer.Option(help="Which, with --sip.")] = "acme.sip.twilio.com",
    fault: Annotated[
        list[str] | None, typer.Option(help=f"NAME[:key=value,…], any number; with their defaults: {_FAULTS}.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Repeats the same faults.")] = 0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Place one simulated call and report on it; Ctrl-C hangs up. Exit code 1 where it never got to a media stream."""
    import asyncio

    from rich.console import Console

    from gateway.cli.call_progress import CallProgress
    from gateway.cli.call_secrets import secrets_for
    from gateway.cli.output_files import check_output
    from gateway.demo.sentences import MADE_AMIABLE
    from gateway.settings.load import environment
    from gateway.simulator.fault_specs import parse_fault
    from gateway.simulator.plan import CallPlan

    check_output(record=record)
    secrets = secrets_for(carrier, auth_token, signing_key, config, environment())
    if secrets.unsigned:
        typer.echo(f"The webhook is sent unsigned: {secrets.unsigned}.", err=True)
    with CallProgress(Console(stderr=True)) as progress:
        plan = CallPlan(
            gateway_url=url.rstrip("/"),
            public_url=public_url,
            carrier=carrier,
            auth_token=secrets.auth_token,
            signing_seed=secrets.signing_seed,
            to=to,
            from_=from_,
            sip=sip,
            sip_domain=sip_domain,
            codec=codec.value,
            rate_hz=rate,
            speech=wav or MADE_AMIABLE.path,
            hangup_after_s=hangup_after,
            hangup_on_silence_s=_PATIENCE_S if hangup_after is None else None,
            webhook_method=method.value,
            faults=tuple(map(parse_fault, fault or ())),
            seed=seed,
            on_event=progress.tell,
        )
        report = asyncio.run(_place(plan))
    _conclude(report, record, as_json=as_json)


async def _place(plan: "CallPlan") -> "CallReport":
    """Place the call; who interrupts it hangs up, and what was heard until then is told and kept."""
    import dataclasses

    from gateway.cli.interrupt import first_interrupt

    interrupt = first_interrupt()  # what is imported next takes its time, and the terminal's cursor is hidden already
    from gateway.simulator.call import place_call

    return await place_call(dataclasses.replace(plan, hangs_up_now=interrupt.is_set))


def _conclude(report: "CallReport", record: Path | None, *, as_json: bool) -> None:
    """Print the report and keep what was heard; end with code 1 where there was no call."""
    from gateway.cli.output_files import write_output
    from gateway.demo.trouble import trouble
    from gateway.simulator.listener import TIMELINE_HZ
    from gateway.simulator.speech import wav

    problem = trouble(report)
    try:
        _print(report, problem, as_json=as_json)  # first: there may be no room for a file
    finally:  # and nobody left who reads what is printed, as with `| head`
        write_output(record=None if record is None else (record, wav(report.heard, TIMELINE_HZ)))
    if problem:
        raise typer.Exit(1)


def _print(report: "CallReport", problem: str, *, as_json: bool) -> None:
    """The report, and the reason where there was no call."""
    from gateway.simulator.report import describe

    if as_json:
        typer.echo(json.dumps(_as_json(report) | {"trouble": problem}))
    else:
        for line in describe(report):
            typer.echo(line)
    if problem:
        typer.echo(f"No call: {problem}.", err=True)


def _as_json(report: "CallReport") -> dict[str, Any]:
    import dataclasses

    return {name: value for name, value in dataclasses.asdict(report).items() if name not in _NOT_TOLD}
