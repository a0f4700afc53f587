"""The watch over every test's logs sees what it is there for."""

import io

import pytest

from gateway.telemetry.logs import logger
from tests.fakes.watched_logs import WatchedLogs


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"detail": "key sk_live_abc"}', id="key"),
        pytest.param("wss://kallglot.test/connect?token=kst_test_abc", id="stream-token"),
        pytest.param("whsec_abc", id="webhook-secret"),
        pytest.param("wss://voice.test/media/twilio/" + "x" * 43, id="ticket"),
        pytest.param("authorization: bearer abc", id="bearer"),
        pytest.param('"from": "+14155550100"', id="number"),
        pytest.param("f39/" * 60, id="audio"),
    ],
)
def test_what_must_not_be_logged_is_noticed(line: str) -> None:
    """And shown, so that whoever reads the failure finds it."""
    shown = io.StringIO()
    watched = WatchedLogs(shown)

    watched.write(line)

    assert len(watched.found) == 1
    assert shown.getvalue() == line


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "call_ended", "call_id": "call_mfrggzdfmztwq2lknnwg23tpoa", "heard_ms": 12345678901}',
        '{"from": "+1*********00", "url": "/media/twilio/***", "detail": "Bearer ***"}',
    ],
    ids=["ids", "masked"],
)
def test_what_may_be_logged_is_not(line: str) -> None:
    """Ids, durations, and what was masked."""
    watched = WatchedLogs(io.StringIO())

    watched.write(line)

    assert watched.found == []


def test_every_test_is_watched(watched_logs: WatchedLogs) -> None:
    """Whatever part of the gateway it makes speak."""
    logger("any").info("spoken", note="swordfish")

    (found,) = watched_logs.found
    watched_logs.found.clear()
    assert "spoken" in found
