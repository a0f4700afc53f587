"""Waits for a condition, not for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

_LOOK_AGAIN_S = 0.01


async def until(condition: Callable[[], bool | Awaitable[bool]], *, timeout_s: float = 10.0) -> None:
    """Return when the condition holds; TimeoutError if it never does."""
    async with asyncio.timeout(timeout_s):
        while True:
            holds = condition()
            if await holds if isawaitable(holds) else holds:
                return
            await asyncio.sleep(_LOOK_AGAIN_S)
