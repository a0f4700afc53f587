"""With processes of their own, as always; what they do there takes no model."""

import functools
import os
from pathlib import Path

import structlog

from gateway.sandbox.speech.tasks import Task, Understood
from gateway.sandbox.speech.workers import Workers
from tests.fakes.until import until


class Reader:
    """Reads the audio as text, once it may."""

    def __init__(self, gate: Path) -> None:
        self._gate = gate

    def do(self, task: Task) -> Understood:
        if task.ulaw == b"crash":
            os._exit(1)
        while task.ulaw == b"wait" and not self._gate.exists():
            pass
        return Understood(f"{task.ulaw.decode()} in {os.getpid()}", "en")


async def test_tasks_are_done_in_another_process(tmp_path: Path) -> None:
    """The session is woken when one is done; while every process is at work, nobody is idle."""
    gate = tmp_path / "gate"
    workers = Workers(functools.partial(Reader, gate), count=1)
    woken: list[str] = []
    try:
        assert workers.idle
        first = workers.submit(Task(b"wait", None), lambda: woken.append("first"))
        assert not workers.idle
        second = workers.submit(Task(b"second", None), lambda: woken.append("second"))
        assert not first.done()
        gate.touch()
        await until(lambda: woken == ["first", "second"], timeout_s=30)

        assert second.result().text.startswith("second in ")
        assert str(os.getpid()) not in second.result().text
        assert workers.idle
    finally:
        workers.close()


async def test_a_process_that_dies_fails_its_tasks_and_no_more(tmp_path: Path) -> None:
    """Sessions hear of it and go on; so do those that ask later. It is logged."""
    workers = Workers(functools.partial(Reader, tmp_path / "gate"), count=1)
    woken: list[int] = []
    try:
        with structlog.testing.capture_logs() as logs:
            first = workers.submit(Task(b"crash", None), lambda: woken.append(1))
            await until(lambda: woken == [1], timeout_s=30)
            second = workers.submit(Task(b"hello", None), lambda: woken.append(2))
            await until(lambda: woken == [1, 2])

        assert first.exception() is not None
        assert second.exception() is not None
        assert {line["event"] for line in logs} == {"speech_not_understood"}
    finally:
        workers.close()


async def test_nobody_is_woken_after_the_end(tmp_path: Path) -> None:
    """What has begun is waited for, what has not is given up."""
    gate = tmp_path / "gate"
    gate.touch()
    workers = Workers(functools.partial(Reader, gate), count=1)
    woken: list[int] = []
    futures = [workers.submit(Task(b"wait", None), lambda: woken.append(1)) for _ in range(20)]
    workers.close()

    assert all(future.done() for future in futures)
    assert futures[-1].cancelled()
    ended = workers.idle
    await until(lambda: workers.idle)
    assert not ended
    assert woken == []
