"""Which of Kallglot's error codes are told apart; the `code` label of `gateway_kallglot_errors_total`."""

KALLGLOT_CODES = frozenset(
    {
        "agent_not_found",
        "ai_agent_not_found",
        "idempotency_conflict",
        "idempotency_mismatch",
        "insufficient_api_credits",
        "invalid_api_key",
        "invalid_audio_format",
        "invalid_request",
        "organization_inactive",
        "rate_limit_exceeded",
        "stream_refused",
        "timeout",
        "unexpected_answer",
        "unreachable",
    }
)
"""Kallglot's codes that have been seen in its documents, and our own for what is no answer."""


def code_label(code: str) -> str:
    """A Kallglot error code as a label: itself where it is a known one, else `other`."""
    return code if code in KALLGLOT_CODES else "other"
