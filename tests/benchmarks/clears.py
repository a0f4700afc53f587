"""How long a caller who interrupts goes on hearing: from Kallglot's word to the `clear` at the carrier."""

import asyncio
import time
from itertools import cycle

from tests.benchmarks.crowd import Pair, run_crowd
from tests.benchmarks.load import quantile
from tests.benchmarks.outcome import Outcome, Verdict, columns
from tests.benchmarks.report import OURS
from tests.benchmarks.stage import Stage

_CALLS = 100
_GAP_S = 0.025
_P99_MS = 20.0


class _Interruption:
    """One call's, which is interrupted again and again."""

    def __init__(self, pair: Pair, took_ms: list[float]) -> None:
        self._session = pair.session
        self._took_ms = took_ms
        self._asked_ns = 0
        pair.caller.on_clear = self._cleared

    def ask(self) -> None:
        """The caller has said something; one that nothing came of is forgotten."""
        self._asked_ns = time.time_ns()
        self._session.transcribe("customer")

    def _cleared(self, at_ns: int) -> None:
        if self._asked_ns and at_ns:
            self._took_ms.append((at_ns - self._asked_ns) / 1e6)
        self._asked_ns = 0


async def run(stage: Stage) -> Outcome:
    """While others talk; what is cleared is not heard, so no byte is checked here."""
    took_ms: list[float] = []
    asked = 0
    async with stage.play(OURS) as (relay, far_end), run_crowd(relay, far_end) as crowd:
        await crowd.grow(4 if stage.short else _CALLS)
        interruptions = [_Interruption(pair, took_ms) for pair in crowd.pairs if pair.checked]
        end_s = time.perf_counter() + stage.seconds
        for interruption in cycle(interruptions):
            await asyncio.sleep(_GAP_S)
            if time.perf_counter() > end_s:
                break
            interruption.ask()
            asked += 1
        await crowd.disperse()
    took_ms.sort()
    p50, p99 = quantile(took_ms, 0.5), quantile(took_ms, 0.99)
    table = columns(
        ("asked", "cleared", "p50 ms", "p99 ms"), [(str(asked), str(len(took_ms)), f"{p50:.2f}", f"{p99:.2f}")]
    )
    verdict = Verdict("clear on the wire after its cause, p99", p99, _P99_MS, "ms", note=f"{_CALLS} calls talk")
    # Between two pieces of audio there may be nothing to clear.
    problems = [] if 2 * len(took_ms) > asked else [f"of {asked} interruptions {len(took_ms)} cleared anything"]
    return Outcome("clears", table, {"asked": asked, "p50_ms": p50, "p99_ms": p99}, (verdict,), problems)
