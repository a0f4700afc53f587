"""`gateway calls`: the calls that are on."""

from typing import TYPE_CHECKING

import typer

from gateway.cli.configuration import ConfigOption, JsonOption, read_settings
from gateway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.bridge.snapshot import CallSnapshot, Hearing

_ID_WIDTH = len("call_") + 26
"""16 bytes in base 32."""
_OTHERS = ("carrier", "route", "state", "seconds", "MOS in", "MOS out", "wrong")
_ANY_WIDTH = 1_000
"""Without a terminal, whose width there is to keep: each call on one line, for grep."""


def calls(config: ConfigOption = None, as_json: JsonOption = False) -> None:  # noqa: FBT002  a flag
    """List the calls of the gateway that runs by these settings."""
    from gateway.bridge.snapshot import CallSnapshot
    from gateway.cli.admin import admin_url, ask, read

    settings = read_settings(config)
    answer = ask(settings, "/calls")
    if answer is None or answer.status_code != 200:
        raise ConfigError([f"admin.host, admin.port: no gateway answers at {admin_url(settings)}"])
    listed = read(settings, answer, dict[str, list[CallSnapshot]])
    if as_json:
        typer.echo(answer.text)
        return
    _print(listed.get("calls", []))


def _print(listed: "Sequence[CallSnapshot]") -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # Whole, as it is what one copies.
    call_id = Column("call", no_wrap=True, min_width=_ID_WIDTH)
    others = [Column(name, overflow="fold") for name in _OTHERS]
    table = Table(call_id, *others, box=None)
    for call in listed:
        wrong = ", ".join(f"{flag.flag} {flag.direction or ''}".strip() for flag in call.flags)
        seconds = f"{call.seconds:.0f}"
        cells = (call.call_id, call.carrier, call.route, call.state, seconds, _mos(call.heard), _mos(call.said), wrong)
        table.add_row(*map(Text, cells))  # a route's name may hold what looks like markup
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = _ANY_WIDTH
    if listed:
        console.print(table)
    console.print(f"{len(listed)} calls")


def _mos(hearing: "Hearing | None") -> str:
    return f"{hearing.mos:.2f}" if hearing is not None and hearing.mos is not None else "-"
