from gateway.sandbox.times import iso8601, maybe_iso8601, seconds

MS = 1_774_522_800_000
"""2026-03-26T11:00:00Z."""


def test_times_are_written_as_in_the_samples() -> None:
    """Whole seconds, UTC, `Z`; null for what has not happened."""
    assert iso8601(MS + 999) == "2026-03-26T11:00:00Z"
    assert (maybe_iso8601(MS), maybe_iso8601(None)) == ("2026-03-26T11:00:00Z", None)


def test_durations_have_one_decimal() -> None:
    """As the documents' `245.3`."""
    assert seconds(245_320) == 245.3
