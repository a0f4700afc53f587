from collections.abc import Iterable

from gateway.telemetry.lag import PERIOD_MS, LagMonitor, LagPolicy


class Loop:
    """An event loop whose timer is as late as a test says."""

    def __init__(self, policy: LagPolicy | None = None) -> None:
        self.monitor = LagMonitor(policy or LagPolicy())
        self.now_ms = 0

    def turn(self, late_ms: Iterable[int]) -> list[bool]:
        """A sample each period; whether the loop is overloaded after each."""
        verdicts = []
        for late in late_ms:
            self.now_ms += PERIOD_MS
            self.monitor.sample(late, self.now_ms)
            verdicts.append(self.monitor.is_overloaded)
        return verdicts


def warm(policy: LagPolicy | None = None) -> Loop:
    """A loop that has been quiet for longer than a window."""
    loop = Loop(policy)
    loop.turn([0] * 60)
    return loop


def test_a_loop_that_keeps_up_takes_calls() -> None:
    loop = warm()
    assert not any(loop.turn([50] * 200))
    assert loop.monitor.p99_ms == 50


def test_one_hiccup_turns_nobody_away() -> None:
    """A collection of garbage, a file that is read: once in five seconds is no overload."""
    loop = warm()
    assert not any(loop.turn([400, *[0] * 49] * 4))


def test_a_loop_that_is_late_again_and_again_is_overloaded() -> None:
    loop = warm()
    assert loop.turn([60, 0, 0, 60]) == [False, False, False, True]


def test_it_takes_calls_again_after_a_quiet_while() -> None:
    """Five seconds until the lateness is forgotten, five of quiet after them."""
    loop = warm()
    loop.turn([60, 60])
    verdicts = loop.turn([24] * 150)
    assert verdicts.index(False) * PERIOD_MS in range(9_000, 10_100)
    assert not any(verdicts[verdicts.index(False) :])


def test_between_half_the_limit_and_the_limit_nothing_changes() -> None:
    """On the verge it stays as it is, either way: no flapping."""
    loop = warm()
    assert not any(loop.turn([40] * 100))
    loop.turn([60, 60])
    assert all(loop.turn([25] * 200))
    assert not loop.turn([24] * 151)[-1]


def test_quiet_that_is_interrupted_begins_anew() -> None:
    loop = warm()
    loop.turn([60, 60])
    loop.turn([0] * 80)
    assert all(loop.turn([30, 30, *[0] * 60]))


def test_a_process_that_starts_is_not_judged() -> None:
    """Imports and first connections take their time; nobody is turned away for it."""
    assert not any(Loop().turn([300] * 50))


def test_a_limit_of_nothing_is_no_limit() -> None:
    assert not any(warm(LagPolicy(limit_ms=0)).turn([5_000] * 100))


def test_without_samples_nothing_is_late() -> None:
    assert LagMonitor(LagPolicy()).p99_ms == 0
