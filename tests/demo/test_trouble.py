from typing import Any

import pytest

from gateway.calls import Carrier
from gateway.demo.trouble import trouble
from gateway.simulator.dialect import Complaint
from gateway.simulator.report import CallReport, EndedBy, Refusal


def report(**more: Any) -> CallReport:
    return CallReport(Carrier.TWILIO, "CA1", "PCMU", **more)


def test_a_call_with_a_media_stream_had_none() -> None:
    """Whatever became of it later."""
    assert trouble(report(media_connected_ms=12, ended_by=EndedBy.WEBHOOK_FAILED, webhook_statuses=[200, 0])) == ""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"refused_media": [Refusal(403, "31920")]}, "the media socket was refused: 31920 (HTTP 403)"),
        ({"refused_media": [Refusal(0, "31902")]}, "the media socket was refused: 31902 (no answer)"),
        ({"ended_by": EndedBy.WEBHOOK_FAILED, "webhook_statuses": [0]}, "the gateway did not answer the webhook"),
        (
            {"ended_by": EndedBy.WEBHOOK_FAILED, "webhook_statuses": [500]},
            "the gateway refused the webhook: HTTP 500",
        ),
        (
            {"ended_by": EndedBy.WEBHOOK_FAILED, "webhook_statuses": [403]},
            "the gateway refused the webhook: HTTP 403; it has to be signed with a secret that the gateway knows, "
            "and for its public_url",
        ),
        (
            {"ended_by": EndedBy.REJECT},
            "the gateway rejected the call: no route answers this number, or it is full",
        ),
        (
            {
                "ended_by": EndedBy.DOCUMENT_INVALID,
                "complaints": [Complaint("content_type", "a document of type 'a/b'")],
            },
            "what the gateway answered is no document: a document of type 'a/b'",
        ),
        (
            {"ended_by": EndedBy.HANGUP, "said": ["Hello.", "Please try later."]},
            "the call was ended without a media stream (hangup), saying 'Please try later.'",
        ),
        ({"ended_by": EndedBy.CALLER}, "the call was ended without a media stream (caller)"),
    ],
    ids=["refused", "unreachable", "no answer", "error", "forbidden", "rejected", "invalid", "words", "silence"],
)
def test_what_stood_in_the_way_is_said(said: dict[str, Any], reason: str) -> None:
    """In words that lead to what to do about it."""
    assert trouble(report(**said)) == reason
