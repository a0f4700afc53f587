"""What a run came to: a table for people, JSON for scripts, and which rounds not to believe."""

from collections.abc import Sequence
from statistics import median

from tests.benchmarks.load import Round

OURS = "gateway"
PLAIN = "plain"
BARE = "bare"
"""The least that a relay can do."""
UNHEARD = "unheard"
"""The gateway without following how calls sound."""

_BUSY = 0.9
"""A core that is used more than this is not measured but exhausted."""
_LATE_MS = 10.0
"""Half a frame: a generator that is later than this at p99 sends bunches of frames, and bunches are cheap to relay."""

_HEAD = "relay     round  calls  CPU ms/call·s   user  kernel  calls/core  core   late p50    p99    max ms  generator"


def doubts(done: Round) -> list[str]:
    """Why the round's figures should not be believed."""
    found = []
    if done.relay_use > _BUSY:
        found.append(f"the relay used {done.relay_use:.0%} of its core: take fewer calls")
    if done.generator_use > _BUSY:
        found.append(f"the generator used {done.generator_use:.0%} of its core and is the bottleneck")
    if done.late_ms(0.99) > _LATE_MS:
        found.append(f"the generator was {done.late_ms(0.99):.0f} ms late at p99: frames came in bunches")
    if done.silent_bytes:
        found.append(f"{done.silent_bytes // 8} ms of silence stood in for frames that came too late")
    return found


def cost_ms(rounds: Sequence[Round], relay: str) -> float:
    """Milliseconds of CPU for a call and second: the median of the rounds to be believed, of all if there is none."""
    measured = [done for done in rounds if done.relay == relay]
    believed = [done for done in measured if not doubts(done)]
    return max(median(done.cpu_ms_per_call for done in believed or measured), 0.001)


def compared_with(rounds: Sequence[Round]) -> str:
    """The relay beside our gateway."""
    return next(done.relay for done in rounds if done.relay != OURS)


def ratio(rounds: Sequence[Round]) -> float:
    """How many times the other relay's calls our gateway carries on a core."""
    return cost_ms(rounds, compared_with(rounds)) / cost_ms(rounds, OURS)


def table(rounds: Sequence[Round]) -> str:
    """One line a round, a doubtful one with a question mark; one for each relay's median; and the ratio."""
    lines = [_HEAD, *(_line(number, done) for number, done in enumerate(rounds, 1))]
    other = compared_with(rounds)
    for relay in (other, OURS):
        cost = cost_ms(rounds, relay)
        lines.append(f"{relay:<9} median        {cost:13.3f}                 {1000 / cost:9.0f}")
    lines.append(f"ratio: {ratio(rounds):.2f} times the calls of {other!r} on a core")
    return "\n".join(lines)


def as_json(rounds: Sequence[Round]) -> dict[str, object]:
    """The same, and more digits."""
    return {
        "ratio": ratio(rounds),
        "calls_per_core": {relay: 1000 / cost_ms(rounds, relay) for relay in (OURS, compared_with(rounds))},
        "rounds": [_round_as_json(done) for done in rounds],
    }


def _line(number: int, done: Round) -> str:
    user, system = (1000 * part / done.seconds / done.calls for part in (done.cpu.user_s, done.cpu.system_s))
    mark = "?" if doubts(done) else " "
    return (
        f"{done.relay:<8}{mark} {number:5} {done.calls:6} {done.cpu_ms_per_call:14.3f} {user:6.3f} {system:7.3f}"
        f" {done.calls_per_core:11.0f} {done.relay_use:5.0%} {done.late_ms(0.5):10.1f} {done.late_ms(0.99):6.1f}"
        f" {done.late_ms(1):9.1f} {done.generator_use:10.0%}"
    )


def _round_as_json(done: Round) -> dict[str, object]:
    return {**done.figures(), "doubts": doubts(done)}
