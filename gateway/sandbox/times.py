"""Times as the documents write them. Sans-I/O."""

from datetime import UTC, datetime


def iso8601(unix_ms: int) -> str:
    """`2026-03-26T11:00:00Z`: whole seconds, as in every sample."""
    return datetime.fromtimestamp(unix_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_iso8601(unix_ms: int | None) -> str | None:
    """The same, or null for what has not happened yet."""
    return None if unix_ms is None else iso8601(unix_ms)


def seconds(duration_ms: int) -> float:
    """Seconds with one decimal, as the documents' `245.3`."""
    return round(duration_ms / 1000, 1)
