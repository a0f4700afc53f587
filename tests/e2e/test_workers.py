"""`gateway serve --workers 2`: real processes, signals and sockets."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.sandbox.options import SandboxOptions
from gateway.sandbox.server import Sandbox, run_sandbox
from gateway.simulator.call import place_call
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import CallEvent, CallReport, EndedBy, EventKind
from tests.cli.processes import logged, running
from tests.fakes.until import until
from tests.fakes.valkey import Valkey, free_port
from tests.fakes.world import AUTH_TOKEN, ROUTES

PATIENCE_S = 180.0
"""For the whole of it: four processes start, on a machine that other tests share."""


@dataclass
class Machine:
    """One gateway of two workers."""

    process: subprocess.Popen[str]
    url: str
    admin: httpx.AsyncClient
    pids: dict[int, int] = field(default_factory=dict)

    async def logged(self, event: str) -> dict[str, int]:
        return await asyncio.to_thread(logged, self.process, event)

    async def comes_up(self) -> None:
        """The next worker."""
        worker = await self.logged("worker_up")
        self.pids[worker["worker"]] = worker["pid"]

    @contextmanager
    def alone(self, worker: int) -> Iterator[None]:
        """Only this one takes connections meanwhile."""
        others = [pid for number, pid in self.pids.items() if number != worker]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)

    async def figure(self, sample: str) -> float:
        """Of a scrape; 0 where it is not in it."""
        lines = (await self.admin.get("/metrics")).text.splitlines()
        return float(dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#")).get(sample, "0"))

    async def shows(self, sample: str, value: float) -> None:
        """Wait until a scrape does."""

        async def does() -> bool:
            return await self.figure(sample) == value

        await until(does, timeout_s=PATIENCE_S)


@dataclass
class Caller:
    """Says nothing, and stays until it is told to hang up."""

    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """The call is up, or has failed."""
    hangs_up: bool = False

    async def call(self, gateway_url: str) -> CallReport:
        plan = CallPlan(
            gateway_url=gateway_url,
            auth_token=AUTH_TOKEN,
            # What a killed worker has accepted goes with it, the request for the next document too.
            falls_back=True,
            hangup_on_silence_s=None,
            hangs_up_now=lambda: self.hangs_up,
            on_event=self._happened,
        )
        report = await place_call(plan)
        assert report.streams, report
        return report

    def _happened(self, event: CallEvent) -> None:
        if event.kind in {EventKind.MEDIA_CONNECTED, EventKind.ENDED}:
            self.settled.set()


@asynccontextmanager
async def machine(folder: Path, store_url: str, **variables: str) -> AsyncIterator[Machine]:
    (folder / "routes.toml").write_text(ROUTES)
    port, admin_port = free_port(), free_port()
    environ = {
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_SERVER__HOST": "127.0.0.1",
        "GATEWAY_SERVER__PORT": str(port),
        "GATEWAY_ADMIN__PORT": str(admin_port),
        "GATEWAY_STORE__URL": store_url,
        "GATEWAY_KALLGLOT__API_KEY": "sk_test_1",
        "GATEWAY_TWILIO__AUTH_TOKENS": f'["{AUTH_TOKEN}"]',
        "GATEWAY_ADMISSION__MAX_LAG_MS": "0",
        **variables,
    }
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{admin_port}", trust_env=False) as admin,
    ):
        with running("serve", "--workers", "2", cwd=folder, **environ) as process:
            started = Machine(process, environ["GATEWAY_PUBLIC_URL"], admin)
            await started.comes_up()
            await started.comes_up()
            yield started


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[tuple[Machine, Sandbox]]:
    """With all that its calls need."""
    valkey = Valkey(folder)
    await asyncio.to_thread(valkey.start)
    try:
        async with (
            run_sandbox(SandboxOptions(port=0, counterpart="echo")) as sandbox,
            machine(folder, valkey.url, GATEWAY_KALLGLOT__BASE_URL=sandbox.base_url) as gateway,
        ):
            yield gateway, sandbox
    finally:
        valkey.stop()


def active(worker: int) -> str:
    return f'gateway_calls_active{{carrier="twilio",worker="{worker}"}}'


async def test_two_workers_are_one_gateway(tmp_path: Path) -> None:
    """Calls on both are seen at one address. One is killed: its call is resumed, and the other's is not disturbed.

    Who cannot wait for the end of a call is told by the exit code that it was cut.
    """
    callers = [Caller(), Caller()]
    async with world(tmp_path) as (gateway, sandbox), asyncio.TaskGroup() as tasks:
        calls: list[asyncio.Task[CallReport]] = []
        for worker in (0, 1):
            with gateway.alone(worker):
                calls.append(tasks.create_task(callers[worker].call(gateway.url)))
                await callers[worker].settled.wait()
            await gateway.shows(active(worker), 1)

        listed = (await gateway.admin.get("/calls")).json()["calls"]
        assert len(listed) == 2
        for call in listed:
            assert (await gateway.admin.get(f"/calls/{call['call_id']}")).json()["state"] == "streaming"
            page = await gateway.admin.get(
                "/console/find", params={"id": call["carrier_call_id"]}, follow_redirects=True
            )
            assert "Streaming" in page.text
        assert '"live":2' in await _first_events(gateway.admin)

        os.kill(gateway.pids[1], signal.SIGKILL)
        assert (await gateway.logged("worker_died"))["worker"] == 1
        await gateway.comes_up()
        await gateway.shows('gateway_worker_restarts_total{worker="1"}', 1)
        assert (await gateway.admin.get("/readyz")).status_code == 200
        await until(lambda: _live(gateway, 2), timeout_s=PATIENCE_S)

        callers[0].hangs_up = True
        undisturbed = await calls[0]
        assert (undisturbed.ended_by, len(undisturbed.streams), undisturbed.complaints) == (EndedBy.CALLER, 1, [])
        gateway.process.send_signal(signal.SIGINT)
        await gateway.logged("drain_begun")
        gateway.process.send_signal(signal.SIGINT)
        assert not (await gateway.logged("workers_stopped"))["in_good_order"]
        assert await asyncio.to_thread(gateway.process.wait) == 1
        resumed = await calls[1]
        assert len(resumed.streams) == 2
        assert len(sandbox.state.sessions) == 2
        assert all(session.status == "ended" for session in sandbox.state.sessions.values())


async def _live(gateway: Machine, calls: int) -> bool:
    listed = (await gateway.admin.get("/calls")).json()["calls"]
    return [call["state"] for call in listed] == ["streaming"] * calls


async def _first_events(admin: httpx.AsyncClient) -> str:
    async with admin.stream("GET", "/console/events") as events:
        async for line in events.aiter_lines():
            if line.startswith("data: "):
                return line
    raise AssertionError("no events came")


async def test_workers_die_with_their_parent(tmp_path: Path) -> None:
    """Nobody is left on the port: whoever starts the gateway again finds it free, and its calls' carriers asking."""
    async with machine(tmp_path, "redis://127.0.0.1:1/0") as gateway:
        gateway.process.kill()
        await until(lambda: not any(_is_there(pid) for pid in gateway.pids.values()))


def _is_there(pid: int) -> bool:
    """Not even as a zombie: nobody here is its parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
