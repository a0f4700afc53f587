import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from gateway.errors import WebhookError
from gateway.web.requests import BODY_LIMIT_BYTES, BodyTooLargeError, client_ip, networks, read_body, read_webhook

TRUSTED = networks(("10.0.0.0/8", "127.0.0.1/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        pytest.param("203.0.113.7", "", "203.0.113.7", id="no-proxy"),
        pytest.param("203.0.113.7", "198.51.100.1", "203.0.113.7", id="a-strangers-word"),
        pytest.param("10.0.0.1", "198.51.100.1", "198.51.100.1", id="one-proxy"),
        pytest.param("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1", id="two-proxies"),
        pytest.param("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1", id="a-forged-first-hop"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="a-proxy-that-says-nothing"),
        pytest.param("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1", id="a-dual-stack-listener"),
        pytest.param("10.0.0.1", "198.51.100.1:4711, 10.0.0.2:80", "198.51.100.1", id="with-ports"),
        pytest.param("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1", id="with-a-port-behind-ipv6"),
        pytest.param("10.0.0.1", "[2001:db8::1]", "2001:db8::1", id="ipv6-in-brackets"),
        pytest.param("10.0.0.1", "2001:db8::1", "2001:db8::1", id="ipv6"),
        pytest.param("10.0.0.1", ":80", "", id="a-port-alone"),
        pytest.param("10.0.0.1", "rubbish", "rubbish", id="rubbish-is-nobodys-network"),
        pytest.param("", "198.51.100.1", "", id="unknown-peer"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded_for: str, expected: str) -> None:
    """The address that an allow-list is held against cannot be claimed by whoever calls."""
    assert client_ip(peer, forwarded_for, TRUSTED) == expected


def request(*messages: Message, headers: Sequence[tuple[bytes, bytes]] = ()) -> Request:
    """A request from a trusted proxy of which these messages come in, and then nothing."""
    waiting = list(messages)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    receiver: Callable[[], Awaitable[Message]] = receive
    scope = {"type": "http", "method": "POST", "headers": headers, "client": ("10.0.0.1", 4711), "query_string": b""}
    return Request({**scope, "raw_path": b"/webhooks/telnyx/voice"}, receiver)


def body(data: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["198.51.100.1"], "198.51.100.1", id="one-line"),
        pytest.param(["192.76.120.130", "198.51.100.1"], "198.51.100.1", id="a-forged-line-above-the-proxys"),
        pytest.param(["198.51.100.1", "10.0.0.2"], "198.51.100.1", id="a-line-from-each-of-two-proxies"),
    ],
)
async def test_a_proxy_may_write_a_line_of_its_own(lines: list[str], expected: str) -> None:
    """HAProxy does: what the caller wrote above it must not open an allow-list."""
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    webhook = await read_webhook(request(body(b"", more=False), headers=headers), "https://a.example", TRUSTED)
    assert webhook.client_ip == expected


async def test_a_body_comes_in_pieces() -> None:
    assert await read_body(request(body(b"ab", more=True), body(b"c", more=False))) == b"abc"


async def test_a_body_may_be_64_kib_and_no_more() -> None:
    """What is beyond is not even waited for."""
    assert len(await read_body(request(body(b"x" * BODY_LIMIT_BYTES, more=False)))) == BODY_LIMIT_BYTES
    with pytest.raises(BodyTooLargeError):
        await read_body(request(body(b"x" * (BODY_LIMIT_BYTES + 1), more=True)))


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    with pytest.raises(WebhookError, match="took more than"):
        await read_body(request(body(b"ab", more=True)), within_s=0.05)


async def test_a_sender_that_is_gone_leaves_no_traceback() -> None:
    with pytest.raises(WebhookError, match="the connection was lost"):
        await read_body(request(body(b"ab", more=True), {"type": "http.disconnect"}))
