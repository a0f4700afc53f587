"""How many streams the sandbox carries on one core, with the tone: it must not be what load against a gateway finds.

    python -m tests.benchmarks.sandbox --streams 500 --seconds 10

The sandbox is a process on a core of its own. Each stream sends 100 ms of audio ten times a second and is sent as much;
what counts is the CPU time that the sandbox used for it, and that no output was missing.
"""

import asyncio
import base64
import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.benchmarks.cpu import choose_cores, cpu_time, pin
from tests.cli.processes import logged, running

CHUNK_MS = 100
SETTLE_S = 1.0
KEY = {"X-API-Key": "sk_test_benchmark"}
_INPUT = (
    b'{"type":"audio.input","sequence":%d,"timestamp_ms":%d,"speaker":"customer",'
    b'"audio":{"encoding":"mulaw","sample_rate_hz":8000,"payload":"' + base64.b64encode(b"\xff" * 800) + b'"}}'
)


class Stream(WSListener):
    """One client: it sends when it is told to, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs = 0
        self._sequence = 0
        self._transport: WSTransport | None = None

    @property
    def is_open(self) -> bool:
        """It was not cut off."""
        return self._transport is not None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """It may speak."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One message."""
        if frame.msg_type == WSMsgType.TEXT and b'"audio.output"' in frame.get_payload_as_bytes()[:24]:
            self.outputs += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """It may speak no more."""
        self._transport = None

    def speak(self, unix_ms: int) -> None:
        """Send 100 ms of audio."""
        if self._transport is not None:
            self._sequence += 1
            self._transport.send(WSMsgType.TEXT, _INPUT % (self._sequence, unix_ms))


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    streams: int
    seconds: float
    inputs: int
    outputs: int
    lost_streams: int
    cpu_s: float

    @property
    def core_share(self) -> float:
        """Of one core, while it was measured."""
        return self.cpu_s / self.seconds

    @property
    def streams_per_core(self) -> int:
        """At which the core would be full, if all grew alike."""
        return round(self.streams / self.core_share)

    @property
    def outputs_expected(self) -> int:
        """One every 100 ms on each stream."""
        return round(self.streams * self.seconds * 1000 / CHUNK_MS)


async def open_streams(base_url: str, count: int) -> list[Stream]:
    """So many sessions, each with its stream."""
    opened = []
    async with httpx.AsyncClient(base_url=base_url, headers=KEY, trust_env=False) as http:
        for _ in range(count):
            session = (await http.post("/sessions", json={"mode": "bidirectional_translation"})).json()
            url = f"{session['stream']['url']}?token={session['stream']['token']}"
            opened.append((await ws_connect(Stream, url))[1])
    return [stream for stream in opened if isinstance(stream, Stream)]


async def speak(streams: list[Stream], seconds: float) -> int:
    """Have each say 100 ms ten times a second, spread evenly over the time between; how much was said."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    rounds = round(seconds * 1000 / CHUNK_MS)
    slices = 10
    for number in range(rounds * slices):
        await asyncio.sleep(max(0.0, began + number * CHUNK_MS / 1000 / slices - loop.time()))
        unix_ms = time.time_ns() // 1_000_000
        for stream in streams[number % slices :: slices]:
            stream.speak(unix_ms)
    return rounds * len(streams)


async def measure(base_url: str, pid: int, count: int, seconds: float) -> Figures:
    """Load the sandbox and look at its CPU time."""
    streams = await open_streams(base_url, count)
    await speak(streams, SETTLE_S)
    cpu, began, before = cpu_time(pid), time.perf_counter(), sum(stream.outputs for stream in streams)
    inputs = await speak(streams, seconds)
    took_s = time.perf_counter() - began
    used = cpu_time(pid).since(cpu)
    outputs = sum(stream.outputs for stream in streams) - before
    return Figures(count, took_s, inputs, outputs, sum(not stream.is_open for stream in streams), used.total_s)


def main() -> int:
    """Measure and print; 1 if a stream was lost or a hundredth of the outputs is missing."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    cores = choose_cores()
    pin(cores.rest)
    with (
        tempfile.TemporaryDirectory() as folder,
        running("sandbox", "--port", "0", "--counterpart", "tone", "--no-keep-audio", cwd=Path(folder)) as process,
    ):
        base_url = logged(process, "sandbox_listening")["base_url"]
        os.sched_setaffinity(process.pid, {cores.relay})
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(measure(base_url, process.pid, wanted.streams, wanted.seconds))
        process.terminate()
        process.wait()
    sys.stdout.write(
        f"{figures.streams} streams: {100 * figures.core_share:.0f} % of a core, so {figures.streams_per_core} a core; "
        f"{figures.outputs} of {figures.outputs_expected} outputs, {figures.lost_streams} streams lost\n"
    )
    if wanted.json is not None:
        shown = asdict(figures) | {"streams_per_core": figures.streams_per_core, "expected": figures.outputs_expected}
        wanted.json.write_bytes(msgspec.json.encode(shown))
    return int(figures.lost_streams > 0 or figures.outputs < 0.99 * figures.outputs_expected)


if __name__ == "__main__":
    sys.exit(main())
