"""Delivers events to the organization's endpoints, and again until they are taken."""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable, Mapping

import httpx

from gateway.clock import Clock
from gateway.sandbox.deliveries import ANSWER_WITHIN_S, Delivery, DeliveryStatus, delays_s, headers
from gateway.sandbox.events import WebhookEvent, encode_event
from gateway.sandbox.organization import Endpoint

REMEMBERED = 1000
"""Deliveries that can be looked at afterwards."""
WAITING = 10_000
"""Deliveries that may wait to be begun; more are not attempted at all."""


class Postman:
    """Everybody who wants events, and what has become of what was sent to them."""

    def __init__(self, clock: Clock, new_id: Callable[[str], str], time_scale: float) -> None:
        self.endpoints: dict[str, Endpoint] = {}
        """By `wh_…` id."""
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._clock = clock
        self._new_id = new_id
        self._time_scale = time_scale
        self._waiting: asyncio.Queue[tuple[Delivery, bytes]] = asyncio.Queue(WAITING)
        self._jitter = random.Random()  # noqa: S311  spreads retries; nobody gains by guessing them

    def post(self, event: WebhookEvent, unix_ms: int) -> None:
        """Have an event delivered to everybody who wants its type."""
        body = encode_event(event)
        for endpoint_id, endpoint in self.endpoints.items():
            if not endpoint.events or event.type in endpoint.events:
                delivery = Delivery(
                    id=self._new_id("wh_del_"),
                    endpoint_id=endpoint_id,
                    event_id=event.id,
                    event_type=event.type,
                    created_s=unix_ms // 1000,
                )
                self.deliveries.append(delivery)
                if self._waiting.full():
                    delivery.status = DeliveryStatus.FAILED
                else:
                    self._waiting.put_nowait((delivery, body))

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False) as http, asyncio.TaskGroup() as tasks:
            while True:
                delivery, body = await self._waiting.get()
                tasks.create_task(self._deliver(http, delivery, body))

    async def _deliver(self, http: httpx.AsyncClient, delivery: Delivery, body: bytes) -> None:
        jitter = (self._jitter.random() for _ in itertools.count())
        for delay_s in delays_s(self._time_scale, jitter):
            await asyncio.sleep(delay_s)
            endpoint = self.endpoints.get(delivery.endpoint_id)
            if endpoint is None:  # taken away meanwhile
                break
            delivery.last_status = await self._attempt(
                http, endpoint, headers(delivery, endpoint.secret, self._clock.unix_ms() // 1000, body), body
            )
            delivery.attempts += 1
            if delivery.last_status is not None and 200 <= delivery.last_status < 300:
                delivery.status = DeliveryStatus.DELIVERED
                return
        delivery.status = DeliveryStatus.FAILED

    async def _attempt(
        self, http: httpx.AsyncClient, endpoint: Endpoint, header: Mapping[str, str], body: bytes
    ) -> int | None:
        try:
            return (await http.post(endpoint.url, content=body, headers=header)).status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError):
            # ValueError: a host that is no name. AttributeError: a connection that is reset as it opens has no socket
            # any more for uvloop; below httpx, anyio wants it.
            return None
