import dataclasses
import io
from typing import Any

from rich.console import Console

from gateway.calls import Carrier
from gateway.demo.checks import check_all
from gateway.demo.report import print_report
from tests.demo.outcomes import GOOD


def printed(**spoilt: Any) -> list[str]:
    telnyx = dataclasses.replace(GOOD, carrier=Carrier.TELNYX, codec="PCMA", **spoilt)
    outcomes = [GOOD, telnyx]
    out = io.StringIO()
    print_report(Console(file=out, width=80), outcomes, check_all(outcomes, calls_left=0))
    return out.getvalue().splitlines()


def row(lines: list[str], name: str) -> list[str]:
    (line,) = [line for line in lines if line.strip("│ ").startswith(name)]
    return [cell.strip() for cell in line.strip("│").split("│")[1:]]


def test_the_table_has_a_column_for_each_call() -> None:
    """Whatever is of interest, in a terminal's 80 characters."""
    lines = printed()

    assert any("Twilio PCMU" in line and "Telnyx PCMA" in line for line in lines)
    assert row(lines, "set-up: webhook") == ["15 ms", "15 ms"]
    assert row(lines, "set-up: first_audio_sent") == ["101 ms", "101 ms"]
    assert row(lines, "frames from the carrier") == ["402", "402"]
    assert row(lines, "frames missing, dropped") == ["0, 0", "0, 0"]
    assert row(lines, "added delay to Kallglot") == ["0.4 / 1.1 ms"] * 2
    assert row(lines, "added delay to the caller") == ["0.6 / 2.2 ms"] * 2
    assert row(lines, "speech heard back") == ["3.0 s", "3.0 s"]
    assert row(lines, "session ended at Kallglot") == ["yes", "yes"]
    assert max(map(len, lines)) <= 100


def test_recordings_are_named() -> None:
    """To be listened to."""
    text = "\n".join(printed())

    assert "out/twilio-caller-heard.wav" in text
    assert "out/twilio-kallglot-heard.wav" in text


def test_that_all_is_well_is_said_last() -> None:
    """And how much was looked at."""
    assert printed()[-1] == "All 15 checks hold."


def test_what_is_wrong_is_said_last() -> None:
    """One line a reason."""
    lines = printed(session_ended=False, setup_ms={}, uplink=None)

    assert lines[-1] == "FAILED  telnyx: its Kallglot session is still open"
    assert row(lines, "set-up: webhook") == ["15 ms", "never"]
    assert row(lines, "added delay to Kallglot")[1] == "nothing arrived"
