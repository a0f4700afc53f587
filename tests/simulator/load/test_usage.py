import os

from gateway.simulator.load.usage import usage


def test_a_process_uses_time_and_memory() -> None:
    """Its own name may hold anything."""
    before = usage(os.getpid())
    sum(range(3_000_000))
    after = usage(os.getpid())
    assert before is not None
    assert after is not None
    assert after.cpu_s >= before.cpu_s > 0
    assert 10 < after.memory_mib < 10_000


def test_a_process_that_is_not_there_uses_nothing() -> None:
    """It may have ended."""
    assert usage(2**30) is None
