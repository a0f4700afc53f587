"""The live calls of all workers, as the console shows them: each worker's own snapshots, put together."""

import asyncio
import contextlib
from collections.abc import Iterable

import httpx
import msgspec

from gateway.web.console.feed import SHOWN, Snapshot
from gateway.workers.desk import Up

_SILENCE_S = 5.0
"""A worker tells each second; one that has not for so long hangs."""
_AGAIN_S = 1.0
"""After a worker was lost, or is not up yet."""
_FIRST_WORD_S = 0.5
"""The first snapshot waits so long for all workers to have told."""

_DATA = "data: "
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Snapshot)


class CrewFeed:
    """Follows the workers while somebody watches."""

    def __init__(self, size: int, up: Up, http: httpx.AsyncClient, tasks: asyncio.TaskGroup) -> None:
        self._size = size
        self._up = up
        self._http = http
        self._tasks = tasks
        self._following: list[asyncio.Task[None]] = []
        self._latest: dict[int, Snapshot] = {}
        self._told = asyncio.Event()

    def begin(self) -> None:
        """Follow."""
        self._following = [self._tasks.create_task(self._follow(number)) for number in range(self._size)]

    def end(self) -> None:
        """Follow no more."""
        for following in self._following:
            following.cancel()
        self._latest.clear()
        self._told.clear()

    async def snapshot(self) -> bytes:
        """The calls as their workers last told of them, as JSON."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_WORD_S):
                await self._told.wait()
        return _encoder.encode(together(self._latest.values()))

    async def _follow(self, number: int) -> None:
        while True:
            url = self._up().get(number)
            if url is not None:
                with contextlib.suppress(httpx.HTTPError):
                    await self._listen(number, url)
                self._latest.pop(number, None)
            await asyncio.sleep(_AGAIN_S)

    async def _listen(self, number: int, url: str) -> None:
        async with self._http.stream("GET", f"{url}/console/events", timeout=_SILENCE_S) as events:
            async for line in events.aiter_lines():
                if line.startswith(_DATA):
                    self._latest[number] = _decoder.decode(line.removeprefix(_DATA))
                    if self._latest.keys() >= self._up().keys():
                        self._told.set()


def together(snapshots: Iterable[Snapshot], most: int = SHOWN) -> Snapshot:
    """One snapshot of all calls; where they are too many, those with a flag before those without, as in each."""
    parts = list(snapshots)
    calls = sorted((call for part in parts for call in part.calls), key=lambda call: call.seconds)
    first = sorted(calls, key=lambda call: not call.flags)[:most]
    return Snapshot(
        live=sum(part.live for part in parts),
        flagged=sum(part.flagged for part in parts),
        calls=sorted(first, key=lambda call: call.seconds),
    )
