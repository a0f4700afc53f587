import asyncio
from collections.abc import Iterator

import httpx

from gateway.workers.pulse import Pulse, PulsePolicy


def asked(answers: Iterator[int]) -> httpx.AsyncClient:
    """Of a worker that answers so; 0 for not at all."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://worker.test/livez"
        status = next(answers)
        if not status:
            raise httpx.ReadTimeout("late", request=request)
        return httpx.Response(status)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_a_worker_that_is_late_now_and_then_is_let_be() -> None:
    """Its calls would be silent for longer if it were killed."""
    answers = [0, 0, 200, 0, 0, 200, 0, 500, 0]
    left = iter(answers)
    async with asyncio.timeout(10):
        await Pulse(asked(left), PulsePolicy(every_s=0, misses=3)).lost("http://worker.test")

    assert list(left) == []
