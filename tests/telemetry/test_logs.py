import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.telemetry.logs import LogFormat, configure_logs, logger

EARLY = logger("early")
"""As modules have theirs: from when they are imported."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Logging is the process's own: it is left as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "uvicorn.access", "websockets")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, noted in levels.items():
        logging.getLogger(name).setLevel(noted)
    structlog.reset_defaults()


def _lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_an_event_and_its_fields() -> None:
    """In JSON: one object a line, with when, how grave and who."""
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    logger("calls").info("call_ended", reason="drained", seconds=1.5)
    [line] = _lines(out)
    assert line.pop("timestamp")
    assert line == {"event": "call_ended", "level": "info", "logger": "calls", "reason": "drained", "seconds": 1.5}


def test_loggers_made_before_are_configured_too() -> None:
    """Modules ask for theirs when they are imported: what they say is redacted all the same."""
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    EARLY.warning("called", to="+14155551234", token="kst_live_1")
    [line] = _lines(out)
    assert (line["to"], line["token"], line["logger"]) == ("+1********34", "***", "early")


def test_what_libraries_say_is_redacted_too() -> None:
    """With the arguments that they format into their text."""
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    logging.getLogger("somebody").warning("opening %s", "wss://api.test/connect?token=kst_live_1")
    [line] = _lines(out)
    assert line["event"] == "opening wss://api.test/connect?token=***"
    assert line["level"] == "warning"


def test_a_traceback_is_redacted_too() -> None:
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    try:
        raise ValueError("no such number: +14155551234")
    except ValueError:
        logger("calls").exception("call_failed")
    [line] = _lines(out)
    assert "no such number: +1********34" in str(line["exception"])
    assert "4155551234" not in out.getvalue()


def test_fields_bound_to_the_context_are_on_each_line() -> None:
    """A call's id is bound once, at admission."""
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    with structlog.contextvars.bound_contextvars(call_id="call_1"):
        logger("calls").info("call_ended")
    [line] = _lines(out)
    assert line["call_id"] == "call_1"


@pytest.mark.parametrize(
    ("log_format", "stream", "is_json"),
    [
        (LogFormat.AUTO, io.StringIO, True),
        (LogFormat.AUTO, Terminal, False),
        (LogFormat.JSON, Terminal, True),
        (LogFormat.CONSOLE, io.StringIO, False),
    ],
    ids=["a file", "a terminal", "JSON at a terminal", "console in a file"],
)
def test_the_format_suits_the_reader(log_format: LogFormat, stream: type[io.StringIO], is_json: bool) -> None:
    """Coloured on a terminal, JSON elsewhere, unless the operator says otherwise."""
    out = stream()
    configure_logs(log_format, stream=out)
    logger("calls").info("call_ended", reason="drained")
    written = out.getvalue()
    assert written.startswith("{") == is_json
    assert "call_ended" in written
    assert ("\x1b[" in written) == (isinstance(out, Terminal) and not is_json)


def test_a_library_s_line_for_each_request_is_noise() -> None:
    """Its warnings are not."""
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out)
    logging.getLogger("httpx").info("HTTP Request: GET /")
    logging.getLogger("uvicorn.access").info("GET /livez 200")
    logging.getLogger("websockets").warning("odd")
    assert [line["event"] for line in _lines(out)] == ["odd"]


def test_what_is_below_the_level_is_not_written() -> None:
    out = io.StringIO()
    configure_logs(LogFormat.JSON, stream=out, level=logging.WARNING)
    logger("calls").info("call_ended")
    logger("calls").warning("call_refused")
    assert [line["event"] for line in _lines(out)] == ["call_refused"]


def test_logs_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output belongs to what a command was asked for."""
    configure_logs(LogFormat.AUTO)
    logger("calls").info("call_ended")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "call_ended" in captured.err
