"""A real Prometheus, with the shipped configuration, that scrapes a gateway on this machine."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.deploy.prometheus import PROMETHEUS
from tests.fakes.until import until
from tests.fakes.valkey import free_port

_SCRAPE = "250ms"
_RATE_WINDOW = "1m"
"""What Grafana puts for `$__rate_interval` at a scrape interval of 15 s."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that runs, and what it has seen since it was started."""

    client: httpx.AsyncClient
    started_s: float

    async def values(self, expr: str) -> list[float]:
        """Everything that a dashboard would draw for an expression, NaN left out.

        Raises:
            AssertionError: Prometheus cannot evaluate it.
        """
        asked = {"query": as_asked(expr), "start": self.started_s, "end": await self.now_s(), "step": 0.5}
        data = await self._get("/api/v1/query_range", **asked)
        points = [float(value) for series in data["result"] for _, value in series["values"]]
        return [point for point in points if not math.isnan(point)]

    async def latest(self, expr: str) -> float:
        """The sum of what an expression is now, 0 where it is nothing."""
        data = await self._get("/api/v1/query", query=as_asked(expr))
        return sum(float(series["value"][1]) for series in data["result"])

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule, with its health."""
        groups = (await self._get("/api/v1/rules"))["groups"]
        return [rule for group in groups for rule in group["rules"]]

    async def now_s(self) -> float:
        """Its own idea of the time."""
        return float((await self._get("/api/v1/query", query="time()"))["result"][1])

    async def is_up(self) -> bool:
        """It answers."""
        try:
            return (await self.client.get("/-/ready")).status_code == 200
        except httpx.TransportError:
            return False

    async def _get(self, path: str, **asked: Any) -> Any:
        answer = await self.client.get(path, params=asked)
        body = answer.json()
        assert body["status"] == "success", f"{asked.get('query')}: {body['error']}"
        return body["data"]


def as_asked(expr: str) -> str:
    """An expression as Grafana sends it when all jobs and replicas are chosen."""
    variables = {"$__rate_interval": _RATE_WINDOW, "$job": ".*", "$instance": ".*"}
    return re.sub(r"\$\w+", lambda found: variables[found[0]], expr)


@asynccontextmanager
async def run_prometheus(binary: str, folder: Path, targets: Sequence[str]) -> AsyncIterator[Prometheus]:
    """Run it as shipped, but for whom it asks and how often."""
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": _SCRAPE, "scrape_timeout": _SCRAPE, "evaluation_interval": _SCRAPE}
    config["rule_files"] = [str(PROMETHEUS / pattern) for pattern in config["rule_files"]]
    config["scrape_configs"][0]["static_configs"] = [{"targets": list(targets)}]
    del config["alerting"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    process = await asyncio.create_subprocess_exec(*command)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            await until(Prometheus(client, 0).is_up, timeout_s=20)
            yield Prometheus(client, await Prometheus(client, 0).now_s())
    finally:
        process.kill()
        await process.wait()
