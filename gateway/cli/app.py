"""The command line: every command by name, and the one place where configuration errors are printed.

A command's module imports what it needs inside its function: `gateway --help` must not wait for codecs and clients.
"""

import io
import sys
from collections.abc import Sequence

import typer

from gateway.cli.call import call
from gateway.cli.calls import calls
from gateway.cli.check import check
from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.explain import explain
from gateway.cli.load import load
from gateway.cli.numbers import numbers
from gateway.cli.route import route
from gateway.cli.sandbox import sandbox
from gateway.cli.serve import serve
from gateway.cli.worker import worker
from gateway.errors import CarrierApiError, ConfigError, StoreUnavailableError

app = typer.Typer(
    name="gateway",
    help="Bridges Twilio and Telnyx phone calls to Kallglot voice sessions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and secrets with them
)
app.command("demo")(demo)
app.command("serve")(serve)
app.command("worker", hidden=True)(worker)
app.command("check")(check)
app.command("route")(route)
app.command("sandbox")(sandbox)
app.command("call")(call)
app.command("load")(load)
app.add_typer(numbers, name="numbers")
app.command("calls")(calls)
app.command("explain")(explain)
app.add_typer(doctor, name="doctor")


@app.callback()
def gateway() -> None:
    """Keeps `gateway COMMAND` the way to call it, however many commands there are."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command: the process's own arguments unless given others."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # as stderr does: not every terminal has all letters
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _run(arguments)
    except ConfigError as exc:
        for problem in exc.problems:
            typer.echo(problem, err=True)
        raise SystemExit(1) from None
    except (CarrierApiError, StoreUnavailableError) as exc:
        typer.echo(str(exc), err=True)
        raise SystemExit(1) from None


def _run(arguments: Sequence[str] | None) -> None:
    """Raise what went wrong in a task of its own as what it is, not as a group of one."""
    try:
        app(arguments)
    except ExceptionGroup as exc:
        sole: Exception = exc
        while isinstance(sole, ExceptionGroup) and len(sole.exceptions) == 1:
            sole = sole.exceptions[0]
        raise sole from None
