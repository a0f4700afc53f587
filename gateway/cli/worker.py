"""`gateway worker`: one of the processes of `gateway serve --workers`. Nobody else starts it, so no help lists it."""

import socket
from typing import Annotated

import typer

from gateway.cli.configuration import ConfigOption, read_settings


def worker(
    number: Annotated[int, typer.Argument(help="Which of the workers.")],
    listener: Annotated[int, typer.Option(help="File descriptor of the public listener.")],
    lifeline: Annotated[int, typer.Option(help="File descriptor of the wire to the parent.")],
    config: ConfigOption = None,
) -> None:
    """Carry calls, beside others, for a parent."""
    import structlog

    from gateway.cli.serve import serve_calls
    from gateway.telemetry.logs import LogFormat, configure_logs
    from gateway.web.listener import listen
    from gateway.workers.lifeline import Lifeline

    parent = Lifeline(_inherited(lifeline))
    settings = read_settings(config)
    configure_logs(LogFormat(settings.log.format))
    structlog.contextvars.bind_contextvars(worker=number)
    cut = serve_calls(
        settings,
        public=_inherited(listener),
        # The parent alone asks here, and answers on the admin port for all.
        admin=listen("admin", "127.0.0.1", 0),
        started=lambda gateway: parent.tell(gateway.admin_port),
    )
    if cut:
        raise typer.Exit(1)


def _inherited(descriptor: int) -> socket.socket:
    try:
        return socket.socket(fileno=descriptor)
    except OSError as exc:
        raise typer.BadParameter(f"{descriptor} is no socket that was inherited: {exc.strerror}") from exc
