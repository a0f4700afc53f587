"""Waits for an answer no longer than somebody stays on the line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Answer = TypeVar("Answer")

_EVERY_S = 0.1
"""How often is looked whether they are still there."""


async def unless(leaves: Callable[[], bool], answer: Awaitable[Answer], *, grace_s: float = 0.0) -> Answer | None:
    """The answer; None where it had not come `grace_s` after `leaves` began to say so."""
    loop = asyncio.get_running_loop()
    limit = asyncio.timeout(None)
    next_look: asyncio.TimerHandle

    def look() -> None:
        nonlocal next_look
        if leaves():
            limit.reschedule(loop.time() + grace_s)
        else:
            next_look = loop.call_later(_EVERY_S, look)

    next_look = loop.call_later(_EVERY_S, look)
    try:
        async with limit:
            return await answer
    except TimeoutError:
        if not limit.expired():
            raise
        return None
    finally:
        next_look.cancel()
