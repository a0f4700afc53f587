"""Log lines: an event name and fields, coloured on a terminal, JSON elsewhere."""

import logging
import sys
from enum import StrEnum
from typing import TextIO

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from gateway.telemetry.redact import redact_event


class LogFormat(StrEnum):
    """How log lines look."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


def configure_logs(log_format: LogFormat, *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line, ours and the libraries', to one stream in one format."""
    out = stream or sys.stderr
    console = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # The traceback becomes text before redaction, so that what it quotes is masked too.
    final: list[Processor] = [structlog.processors.format_exc_info, redact_event, _renderer(console=console, out=out)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # One line a request and a connection is noise beside our own; their warnings are kept.
    for name in ("httpx", "httpcore", "uvicorn", "uvicorn.error", "uvicorn.access", "picows", "websockets", "stamina"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(*, console: bool, out: TextIO) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(colors=out.isatty())
    return structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)


def logger(name: str) -> FilteringBoundLogger:
    """A logger that says which part of the gateway speaks."""
    # Nothing is bound to it here: modules ask for theirs when they are imported, before `configure_logs` was called.
    named: FilteringBoundLogger = structlog.get_logger(name)
    return named
