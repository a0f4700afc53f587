import os
import subprocess
import sys

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


def test_what_a_process_started_counts_too() -> None:
    """As with `uv run`, or a gateway of several workers."""
    alone = usage(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "print('up', flush=True); input()"], stdin=-1, stdout=-1) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        own, together = usage(child.pid), usage(os.getpid())
        child.communicate(b"\n")
    assert alone is not None
    assert own is not None
    assert together is not None
    assert together.memory_mib > alone.memory_mib + own.memory_mib / 2


def test_what_an_ended_process_has_used_is_not_forgotten() -> None:
    """A gateway's worker that is replaced: else what the gateway has used of a core would fall below nothing."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    before = usage(os.getpid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    after = usage(os.getpid())
    assert before is not None
    assert after is not None
    assert after.cpu_s - before.cpu_s > 0.25
