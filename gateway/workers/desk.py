"""Asks the workers what an operator asks the parent."""

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from gateway.bridge.states import State
from gateway.calls import CallId

Up = Callable[[], Mapping[int, str]]
"""The workers that carry calls, by their numbers: where each can be asked."""

_LIVE = frozenset(State)
"""The states of a call that somebody carries; a call from the store has another."""


class Readiness(Struct, frozen=True):
    """What `/readyz` says."""

    ready: bool
    reasons: list[str]


class _Calls(Struct, frozen=True):
    calls: list[msgspec.Raw]


class _Call(Struct, frozen=True):
    state: str


class _Draining(Struct, frozen=True):
    calls: int


class Desk:
    """One question to all workers that are up. One that does not answer in time is left out."""

    def __init__(self, up: Up, leave: Callable[[], None], http: httpx.AsyncClient) -> None:
        """`leave` has none of them started again."""
        self._up = up
        self._leave = leave
        self._http = http

    async def why_not_ready(self) -> list[str]:
        """Nothing while one worker is ready, else what keeps them from it."""
        answers = await self.ask("/readyz")
        found = [msgspec.json.decode(answer.content, type=Readiness) for answer in answers.values()]
        if any(readiness.ready for readiness in found):
            return []
        reasons = [reason for readiness in found for reason in readiness.reasons]
        return list(dict.fromkeys(reasons)) or ["no_worker"]

    async def metrics(self) -> Mapping[int, str]:
        """What each tells Prometheus."""
        return {number: answer.text for number, answer in (await self.ask("/metrics")).items()}

    async def calls(self) -> bytes:
        """All live calls, as each worker lists its own."""
        answers = (await self.ask("/calls")).values()
        listed = [msgspec.json.decode(answer.content, type=_Calls) for answer in answers if answer.is_success]
        return msgspec.json.encode(_Calls([call for calls in listed for call in calls.calls]))

    async def call(self, call_id: CallId) -> httpx.Response | None:
        """What the worker says that carries the call, else one that knows it from the store; None without workers."""
        answers = (await self._about(call_id)).values()
        return min(answers, key=_ignorance, default=None)

    async def drain(self) -> int:
        """Empty them all, and start none again; how many calls they have."""
        self._leave()
        answers = (await self.ask("/drain", method="POST")).values()
        return sum(msgspec.json.decode(answer.content, type=_Draining).calls for answer in answers)

    async def page(self, path: str, query: str, headers: Mapping[str, str]) -> httpx.Response | None:
        """A page that any worker can show; one that finds nothing is the last to be believed. None without workers."""
        answers = await self.ask(f"{path}?{query}" if query else path, headers=headers)
        return min(answers.values(), key=lambda answer: answer.status_code, default=None)

    async def page_of(self, call_id: CallId, path: str) -> httpx.Response | None:
        """A page about a call, by the worker that knows it best; None without workers."""
        answers = await self._about(call_id)
        if not answers:
            return None
        best = min(answers, key=lambda number: _ignorance(answers[number]))
        return (await self.ask(path, only=best)).get(best)

    async def ask(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, only: int | None = None
    ) -> dict[int, httpx.Response]:
        """What the workers answer, or the `only` one, by their numbers."""
        asked = {number: url for number, url in self._up().items() if only in (None, number)}
        async with asyncio.TaskGroup() as tasks:
            asking = {
                number: tasks.create_task(self._one(method, url + path, headers)) for number, url in asked.items()
            }
        return {number: answer for number, task in asking.items() if (answer := task.result()) is not None}

    async def _about(self, call_id: CallId) -> dict[int, httpx.Response]:
        return await self.ask(f"/calls/{quote(call_id, safe='')}")

    async def _one(self, method: str, url: str, headers: Mapping[str, str] | None) -> httpx.Response | None:
        try:
            return await self._http.request(method, url, headers=headers)
        except httpx.HTTPError:
            return None


def _ignorance(answer: httpx.Response) -> int:
    """How little a worker knows of a call: 0 for one that carries it."""
    if answer.status_code == 200:
        return 0 if msgspec.json.decode(answer.content, type=_Call).state in _LIVE else 1
    return 3 if answer.status_code == 404 else 2
