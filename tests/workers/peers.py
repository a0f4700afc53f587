"""Workers' admin listeners, without sockets: each answers as a test wants."""

from collections.abc import Callable, Mapping

import httpx

Answer = Callable[[httpx.Request], httpx.Response]


def urls(workers: int) -> Mapping[int, str]:
    """Where each can be asked."""
    return {number: f"http://worker-{number}" for number in range(workers)}


def asking(*answers: Answer) -> httpx.AsyncClient:
    """A client that reaches these workers, and no other."""

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.host.removeprefix("worker-"))
        if number >= len(answers):
            raise httpx.ConnectError("nobody listens", request=request)
        return answers[number](request)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))
