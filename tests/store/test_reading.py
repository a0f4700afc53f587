import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailableError
from gateway.store.reading import read, read_legible, read_past_illegible
from tests.store.ledgers import a_call

WRITTEN = msgspec.json.encode(a_call())

UNREADABLE = [
    pytest.param(b"", id="nothing"),
    pytest.param(WRITTEN[:-1], id="cut off"),
    pytest.param(b"{}", id="no call"),
    pytest.param(WRITTEN.replace(b"opening", b"tomorrow's phase"), id="another version's"),
    pytest.param(WRITTEN.replace(b"support", b"\xff"), id="not UTF-8"),
    pytest.param(b"[" * 100_000, id="nested"),
]


def test_a_call_is_read_as_it_was_written() -> None:
    assert read(a_call().call_id, WRITTEN) == a_call()


@pytest.mark.parametrize("stored", UNREADABLE)
def test_what_is_no_call_is_the_store_s_fault(stored: bytes) -> None:
    """Its caller is treated as if the store were away; other calls go on."""
    with pytest.raises(StoreUnavailableError, match=a_call().call_id):
        read(a_call().call_id, stored)


@pytest.mark.parametrize("stored", UNREADABLE)
def test_one_that_is_none_keeps_no_other_waiting(stored: bytes) -> None:
    """The reaper looks after the rest, and the operator is told."""
    with capture_logs() as lines:
        assert read_legible([stored, WRITTEN, stored]) == [a_call()]
    assert [line["event"] for line in lines] == ["call_unreadable"] * 2


@pytest.mark.parametrize(("illegible", "legible"), [(0, 1), (1, 2), (2, 2), (7, 5)])
async def test_those_that_are_none_take_no_other_s_place(illegible: int, legible: int) -> None:
    """As many as there are, and never more than wanted."""
    stored = [b"{}"] * illegible + [WRITTEN] * legible

    async def page(offset: int, most: int) -> tuple[list[bytes | str], bool]:
        found: list[bytes | str] = [*stored[offset : offset + most]]
        return found, offset + most < len(stored)

    assert len(await read_past_illegible(page, 2)) == min(legible, 2)
