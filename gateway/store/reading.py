"""Reads back what a store holds; it need not be what this version would have written."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from gateway.calls import CallId
from gateway.errors import StoreUnavailableError
from gateway.store.record import CallRecord
from gateway.telemetry.logs import logger

_log = logger("store")

_decode = msgspec.json.Decoder(CallRecord).decode

_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)
"""Not JSON, not a call's, not UTF-8, not even bytes, nested too deeply."""


def read(call_id: CallId, stored: bytes | str) -> CallRecord:
    """The call's record.

    Raises:
        StoreUnavailableError: what stands there is none; whoever wrote it may know better.
    """
    try:
        return _decode(stored)
    except _UNREADABLE as exc:
        raise StoreUnavailableError(f"store.url: {call_id}: not a call of this version: {exc}") from exc


def read_legible(stored: Iterable[bytes | str]) -> list[CallRecord]:
    """The records among these; one that is none is logged and left out, as the others must not wait for it."""
    records = []
    for each in stored:
        try:
            records.append(_decode(each))
        except _UNREADABLE as exc:
            _log.error("call_unreadable", detail=str(exc))
    return records


Page = Callable[[int, int], Awaitable[tuple[Sequence[bytes | str], bool]]]
"""What is stored, leaving out so many and at most so many; and whether there is more."""


async def read_past_illegible(page: Page, limit: int) -> list[CallRecord]:
    """So many records, or all there are: those that are none take no other's place, however many they be."""
    records: list[CallRecord] = []
    offset, has_more = 0, True
    while has_more and len(records) < limit:
        stored, has_more = await page(offset, limit)
        offset += len(stored)
        records += read_legible(stored)
    return records[:limit]
