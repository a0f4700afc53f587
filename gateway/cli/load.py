"""`gateway load`: many simulated calls to a gateway that runs, and a verdict."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.calls import Carrier
from gateway.cli.call import Codec
from gateway.cli.configuration import ConfigOption
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.simulator.load.plan import LoadPlan
    from gateway.simulator.load.result import Result
    from gateway.simulator.load.slo import Verdict

_BROKEN, _DOUBTFUL = 1, 2
"""Exit codes."""
_RAMP_S = 5.0
_MOST_PROCESSES = 256
"""More than any machine has cores for: a typing error."""


class Arrivals(StrEnum):
    """How callers follow one another."""

    RAMP = "ramp"
    CONSTANT = "constant"
    POISSON = "poisson"


def load(  # noqa: PLR0913  an argument for each option
    url: Annotated[str, typer.Argument(help="Where the gateway is, http://127.0.0.1:8080.")],
    *,
    carrier: Annotated[
        list[Carrier] | None,
        typer.Option(help="Who brings the calls; twice for both in turn.", show_default=Carrier.TWILIO),
    ] = None,
    calls: Annotated[int, typer.Option(help="Calls at once.")] = 10,
    arrivals: Annotated[
        Arrivals,
        typer.Option(
            help="ramp: one after another, then each line anew; constant: every hold/calls, so that all are there a "
            "hold after the ramp; poisson: the same by chance."
        ),
    ] = Arrivals.RAMP,
    ramp: Annotated[
        float | None,
        typer.Option(help="Seconds until all of them are there.", show_default="5, or the duration"),
    ] = None,
    duration: Annotated[float, typer.Option(help="Seconds of the whole load.")] = 60.0,
    hold: Annotated[float, typer.Option(help="Seconds that each caller stays.")] = 60.0,
    fault: Annotated[list[str] | None, typer.Option(help="NAME[:key=value,…], see gateway call --help.")] = None,
    seed: Annotated[int, typer.Option(help="Repeats the same faults and arrivals.")] = 0,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=_MOST_PROCESSES, help="Of the generator.", show_default="as many as it takes"),
    ] = None,
    pid: Annotated[int | None, typer.Option(help="The gateway's process, to watch its CPU and memory.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure there, by second too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one page with charts there.")] = None,
    slo: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="TOML limits, in tables at_most and at_least.")
    ] = None,
    to: Annotated[str, typer.Option(help="Called number.")] = "+14155551234",
    from_: Annotated[str, typer.Option("--from", help="Callers' number.")] = "+14155550100",
    codec: Annotated[Codec, typer.Option(help="Of Telnyx' callers.")] = Codec.PCMU,
    rate: Annotated[int, typer.Option(help="Samples a second: 8000, or 16000 with L16.")] = 8000,
    public_url: Annotated[
        str, typer.Option(help="The gateway's public_url, which is signed.", show_default="URL")
    ] = "",
    auth_token: Annotated[str | None, typer.Option(help="As with gateway call.", show_default=False)] = None,
    signing_key: Annotated[str | None, typer.Option(help="As with gateway call.", show_default=False)] = None,
    config: ConfigOption = None,
) -> None:
    """Place many simulated calls and report on them.

    Kallglot must answer with an echo (gateway sandbox --counterpart echo): delay is measured on the sound that returns.
    Exit code 1 where a limit was broken or a call lost or refused, 2 where the generator was the bottleneck or was
    stopped: with Ctrl-C or SIGTERM callers hang up, and there is a report of what was until then.
    """
    import asyncio

    from rich.console import Console

    from gateway.cli.call_secrets import secrets_for
    from gateway.cli.load_progress import LoadProgress
    from gateway.cli.output_files import check_output
    from gateway.settings.load import environment
    from gateway.simulator.load.arrivals import Arrivals as Kinds
    from gateway.simulator.load.plan import LoadPlan
    from gateway.simulator.load.run import enough_processes
    from gateway.simulator.load.slo import judge, parse_limits

    check_output(json=json_file, html=html)
    limits = parse_limits(_text(slo)) if slo is not None else []
    carriers = carrier or [Carrier.TWILIO]
    secrets = [secrets_for(each, auth_token, signing_key, config, environment()) for each in carriers]
    for unsigned in filter(None, (secret.unsigned for secret in secrets)):
        typer.echo(f"Webhooks are sent unsigned: {unsigned}.", err=True)
    plan = LoadPlan(
        gateway_url=url.rstrip("/"),
        public_url=public_url,
        carriers=tuple(map(str, carriers)),
        auth_token=next((secret.auth_token for secret in secrets if secret.auth_token), None),
        signing_seed=next((secret.signing_seed for secret in secrets if secret.signing_seed), None),
        to=to,
        from_=from_,
        codec=codec.value,
        rate_hz=rate,
        calls=calls,
        arrivals=Kinds(arrivals.value),
        ramp_s=min(_RAMP_S, duration) if ramp is None else ramp,
        duration_s=duration,
        hold_s=hold,
        faults=tuple(fault or ()),
        seed=seed,
    )
    with LoadProgress(Console(stderr=True), duration) as progress:
        count = processes or enough_processes(calls)
        result = asyncio.run(_run(plan, count, pid, progress.tell))
    verdicts = judge(limits, result)
    try:
        _print(result, verdicts)  # first: there may be no room for files by now
    finally:  # and nobody left who reads what is printed, as with `| head`
        _write(plan, result, verdicts, json_file, html)
    _conclude(result, verdicts)


async def _run(plan: "LoadPlan", processes: int, pid: int | None, told: "Callable[[Result], None]") -> "Result":
    """Run the load until its end or until it is interrupted."""
    from gateway.cli.interrupt import first_interrupt
    from gateway.simulator.load.run import run_load

    return await run_load(plan, processes=processes, pid=pid, told=told, stop=first_interrupt())


def _text(slo: Path) -> str:
    from gateway.routing.toml import read_file

    try:
        return read_file(slo).decode()
    except UnicodeDecodeError as exc:
        raise ConfigError([f"--slo: {slo} must be UTF-8 text"]) from exc


def _write(
    plan: "LoadPlan", result: "Result", verdicts: "list[Verdict]", json_file: Path | None, html: Path | None
) -> None:
    from gateway.cli.output_files import write_output
    from gateway.simulator.load.page import page

    figures = json.dumps(_as_json(plan, result, verdicts), indent=2) + "\n"
    write_output(
        json=None if json_file is None else (json_file, figures.encode()),
        html=None if html is None else (html, page(result, verdicts).encode()),
    )


def _as_json(plan: "LoadPlan", result: "Result", verdicts: "list[Verdict]") -> dict[str, object]:
    import msgspec

    secret = {"auth_token", "signing_seed"}
    return {
        "plan": {name: value for name, value in msgspec.to_builtins(plan).items() if name not in secret},
        "figures": result.figures(),
        "reasons": dict(result.reasons),
        "complaints": dict(result.complaints),
        "doubts": result.doubts(),
        "limits": [{"limit": str(verdict), "holds": verdict.holds} for verdict in verdicts],
        "seconds": [
            {
                "active": second.active,
                **{str(name): second.counts[name] for name in sorted(second.counts)},
                **{f"{name}_p50_ms": spread.quantile(0.5) for name, spread in second.spreads.items()},
                **{f"{name}_p99_ms": spread.quantile(0.99) for name, spread in second.spreads.items()},
                "generator_cpu": second.busiest,
                "usage": msgspec.to_builtins(second.usage),
            }
            for second in result.seconds
        ],
    }


def _print(result: "Result", verdicts: "list[Verdict]") -> None:
    from gateway.simulator.load.result import lines

    for line in [*lines(result), *map(str, verdicts)]:
        typer.echo(line)


def _conclude(result: "Result", verdicts: "list[Verdict]") -> None:
    """End with a code that says whether everything held."""
    from gateway.simulator.load.tally import Count

    failed = result.count(Count.LOST) + result.count(Count.REFUSED)
    # Without limits of its own a load is to lose nobody; with limits they say what may be lost.
    if not all(verdict.holds for verdict in verdicts) or (failed and not verdicts):
        raise typer.Exit(_BROKEN)
    if result.doubts():
        raise typer.Exit(_DOUBTFUL)
