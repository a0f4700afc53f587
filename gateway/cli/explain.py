"""`gateway explain`: what happened to one call, the likely cause, and what to do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.configuration import ConfigOption, JsonOption, read_settings
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from gateway.bridge.report import CallReport
    from gateway.bridge.snapshot import Hearing
    from gateway.settings.model import Settings


def explain(
    call_id: Annotated[
        str, typer.Argument(help="The call's id, call_…, from the log, the console or `gateway calls`.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,  # noqa: FBT002  a flag on the command line
) -> None:
    """Print the timeline of a call, live or over, with the likely cause of how it went and what to do.

    The running gateway is asked, and where it does not know the call, the store.
    """
    import asyncio

    import msgspec

    settings = read_settings(config)
    _require_text(call_id)
    report = _from_gateway(settings, call_id) or asyncio.run(_from_store(settings, call_id))
    if report is None:
        kept = settings.telemetry.keep_calls_h
        raise ConfigError([f"{call_id}: no such call is live here, or was kept (telemetry.keep_calls_h is {kept:g})"])
    typer.echo(msgspec.json.encode(report).decode() if as_json else "\n".join(_lines(report)))


def _require_text(call_id: str) -> None:
    """A command line may hold any bytes; neither a URL nor a store does.

    Raises:
        ConfigError: it holds others than UTF-8's.
    """
    try:
        call_id.encode()
    except UnicodeEncodeError:
        raise ConfigError([f"a call's id must be UTF-8 text, not {call_id!r}"]) from None


def _from_gateway(settings: "Settings", call_id: str) -> "CallReport | None":
    from urllib.parse import quote

    from gateway.bridge.report import CallReport
    from gateway.cli.admin import ask, read

    answer = ask(settings, f"/calls/{quote(call_id, safe='')}")
    if answer is None or answer.status_code != 200:
        return None
    return read(settings, answer, CallReport)


def no_store(url: str) -> str:
    """Why nothing can have been kept in a store; "" where something may: one that is asked is not made by it."""
    path = Path(url.partition("///")[2])
    if not url.startswith("sqlite:") or path.exists():
        return ""
    if str(path) == ":memory:":
        return "store.url is in memory: nothing is kept of a gateway that does not run"
    return f"store.url: there is no {path}, seen from {Path.cwd()}"


async def _from_store(settings: "Settings", call_id: str) -> "CallReport | None":
    from gateway.bridge.report import of_past_call
    from gateway.calls import CallId
    from gateway.clock import SystemClock
    from gateway.errors import RecordingError
    from gateway.wiring import open_ledger

    if problem := no_store(settings.store.url):
        raise ConfigError([f"{call_id}: no gateway that runs here knows it, and {problem}"])
    now_ms = SystemClock().unix_ms()
    ledger = await open_ledger(settings.store.url)
    try:
        past = await ledger.recall(CallId(call_id), now_ms)
        return of_past_call(past, now_ms) if past is not None else None
    except RecordingError as exc:
        raise ConfigError([f"{call_id}: {exc}"]) from exc
    finally:
        await ledger.close()


def _lines(report: "CallReport") -> list[str]:
    reason = f", {report.end_reason}" if report.end_reason is not None else ""
    lines = [
        f"{report.call_id}  {report.carrier}, route {report.route}, {report.state}{reason}, {report.seconds:.1f} s",
        f"  {report.carrier_call_id}  {report.session_id or 'no session'}",
        "",
        f"Likely cause: {report.cause}",
        f"What to do:   {report.advice}",
        "",
    ]
    lines += [f"{moment.at_ms / 1000:10.3f} s  {moment.event} {moment.detail}".rstrip() for moment in report.timeline]
    if report.left_out:
        lines.append(f"{report.left_out} moments were left out")
    lines.append("")
    lines += [_heard("caller to Kallglot", report.heard), _heard("Kallglot to caller", report.said)]
    return lines


def _heard(name: str, hearing: "Hearing | None") -> str:
    if hearing is None or hearing.mos is None:
        return f"{name}: nothing was measured"
    return (
        f"{name}: MOS {hearing.mos:.2f} (R {hearing.r_factor:.0f}), {hearing.loss_percent:g} % lost, "
        f"jitter {hearing.jitter_ms:g} ms, {hearing.stalls} stalls, {hearing.underruns} underruns"
    )
