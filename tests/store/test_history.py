import pytest
from structlog.testing import capture_logs

from gateway.store.history import decode, encode
from tests.store.past_calls import past_call

WRITTEN = encode(past_call())


def test_a_call_is_read_as_it_was_kept() -> None:
    """Its score too, which is worked out anew."""
    read = decode(WRITTEN)
    assert read is not None
    assert encode(read) == WRITTEN
    assert read.health is not None
    assert read.health.said.mos is not None
    assert read.health.said.mos > 4.3


@pytest.mark.parametrize(
    "stored", [b"", WRITTEN[:-3], b"\xc0", b"\x91" * 100_000], ids=["empty", "cut", "nil", "nested"]
)
def test_what_is_no_call_is_not_known(stored: bytes) -> None:
    with capture_logs() as lines:
        assert decode(stored) is None
    assert [line["event"] for line in lines] == ["past_call_unreadable"]
