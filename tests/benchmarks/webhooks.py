"""Webhooks a second, each with a right signature, and how long an answer takes beyond the far end's own time."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.calls import Carrier
from tests.benchmarks.carrier import CarrierCall
from tests.benchmarks.far_end import FarEnd
from tests.benchmarks.load import quantile
from tests.benchmarks.outcome import Outcome, Verdict, columns
from tests.benchmarks.processes import Relay
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage
from tests.benchmarks.voices import Sound, voice
from tests.fakes.until import until

_CALLERS = 8
"""At once, where it is found out how many there can be."""
_PER_SECOND = 40.0
"""Where it is measured how long an answer takes: a core's thousand calls would last 25 s each."""
_LOAD = 0.8
"""Of as many as there can be, at most: beyond that a queue is measured."""
_CALM_S = 1.0
_P99_MS = 20.0


@dataclass(frozen=True, slots=True)
class _Answer:
    took_ms: float
    """Without what the far end had of it."""
    is_document: bool


class _Line:
    """A connection that a carrier keeps open for its webhooks."""

    def __init__(self, relay: Relay, far_end: FarEnd, sound: Sound) -> None:
        self._relay, self._far_end, self._voice = relay, far_end, voice(sound)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self) -> _Answer:
        """About one new call."""
        if self._streams is None:
            address = urlsplit(self._relay.url)
            self._streams = await asyncio.open_connection(address.hostname, address.port)
        reader, writer = self._streams
        call = CarrierCall(0, self._voice, self._far_end.ticker)
        request = call.webhook(self._relay.url)
        lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        target = urlsplit(request.url)
        size = f"Content-Length: {len(request.body)}\r\n"
        head = f"POST {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\n{size}{lines}\r\n"
        began_s = time.perf_counter()
        writer.write(head.encode() + request.body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        document = await reader.readexactly(length)
        took_s = time.perf_counter() - began_s - self._far_end.took_s.pop(call.call_id, 0.0)
        return _Answer(1000 * took_s, answer.startswith(b"HTTP/1.1 200") and b"<Connect" in document)


async def run(stage: Stage) -> Outcome:
    """Each carrier's: first as many as there can be, then as many as come on a very busy day, at their times."""
    rows, figures, verdicts, problems = [], {}, [], []
    for carrier, sound in ((Carrier.TWILIO, Sound.ULAW), (Carrier.TELNYX, Sound.ALAW)):
        async with stage.play(OURS) as (relay, far_end):
            lines = [_Line(relay, far_end, sound) for _ in range(_CALLERS)]
            await _flood(lines, 0.5)
            flooded = await _flood(lines, stage.seconds)
            await _recover(lines[0], 0.1 if stage.short else _CALM_S)
            per_second = len(flooded) / stage.seconds
            paced_per_second = min(_PER_SECOND, per_second * _LOAD)
            paced = await _pace(lines, paced_per_second, stage.seconds)
        took = sorted(answer.took_ms for answer in paced)
        p50, p99 = quantile(took, 0.5), quantile(took, 0.99)
        answered = f"with {paced_per_second:.0f} p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        stage.say(f"  {carrier}: {per_second:.0f} webhooks a second; {answered}")
        rows.append(
            (str(carrier), f"{per_second:.0f}", f"{len(paced) / stage.seconds:.0f}", f"{p50:.1f}", f"{p99:.1f}")
        )
        figures[str(carrier)] = {"per_second": per_second, "paced_p50_ms": p50, "paced_p99_ms": p99}
        verdicts.append(Verdict(f"{carrier} webhook beyond Kallglot's own time, p99", p99, _P99_MS, "ms"))
        refused = sum(not answer.is_document for answer in paced)
        if refused:
            problems.append(
                f"{carrier}: {refused} of {len(paced)} webhooks at their times were not answered with a stream"
            )
    table = columns(("carrier", "most a second", "paced a second", "p50 ms", "p99 ms"), rows)
    return Outcome("webhooks", table, figures, verdicts, problems)


async def _flood(lines: list[_Line], seconds: float) -> list[_Answer]:
    """Each asks as soon as it was answered."""
    end_s = time.perf_counter() + seconds
    answers: list[_Answer] = []

    async def go_on(line: _Line) -> None:
        while time.perf_counter() < end_s:
            answer = await line.ask()
            if answer.is_document:
                answers.append(answer)

    await asyncio.gather(*map(go_on, lines))
    return answers


async def _recover(line: _Line, calm_s: float) -> None:
    """Until calls are taken again: a gateway that is flooded refuses some, and goes on for a moment."""

    async def is_taken() -> bool:
        return (await line.ask()).is_document

    await until(is_taken)
    await asyncio.sleep(calm_s)
    await until(is_taken)


async def _pace(lines: list[_Line], per_second: float, seconds: float) -> list[_Answer]:
    """Each asks at its times, which are spread evenly; one that was kept waiting is late with the next as well."""
    began_s = time.perf_counter()
    gap_s = len(lines) / max(per_second, 1.0)

    async def go_on(number: int, line: _Line) -> list[_Answer]:
        answers = []
        due_s = number * gap_s / len(lines)
        while due_s < seconds:
            await asyncio.sleep(max(0.0, began_s + due_s - time.perf_counter()))
            answers.append(await line.ask())
            due_s += gap_s
        return answers

    found = await asyncio.gather(*(go_on(number, line) for number, line in enumerate(lines)))
    return [answer for answers in found for answer in answers]
