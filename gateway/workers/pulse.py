"""Notices that a worker hangs."""

import asyncio
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class PulsePolicy:
    """How long a worker may hang: as long as Kubernetes lets a replica that runs alone, by its liveness probe."""

    every_s: float = 10.0
    patience_s: float = 5.0
    """For one answer."""
    misses: int = 6
    """In a row."""


class Pulse:
    """Asks workers whether they are alive."""

    def __init__(self, http: httpx.AsyncClient, policy: PulsePolicy | None = None) -> None:
        self._http = http
        self._policy = policy or PulsePolicy()

    async def lost(self, admin_url: str) -> None:
        """Return when the worker that answers there has not for too long."""
        misses = 0
        while misses < self._policy.misses:
            await asyncio.sleep(self._policy.every_s)
            misses = 0 if await self._is_alive(admin_url) else misses + 1

    async def _is_alive(self, admin_url: str) -> bool:
        try:
            answer = await self._http.get(f"{admin_url}/livez", timeout=self._policy.patience_s)
        except httpx.HTTPError:
            return False
        return answer.is_success
