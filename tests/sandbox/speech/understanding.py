"""Somebody who understands when a test says so."""

from collections.abc import Callable
from concurrent.futures import Future

from gateway.sandbox.speech.tasks import Task, Understood


class FakeUnderstanding:
    """Keeps what it is asked, and answers when told to."""

    def __init__(self) -> None:
        self.idle = True
        self.asked: list[Task] = []
        self.futures: list[Future[Understood]] = []
        self._wakes: list[Callable[[], None]] = []

    def submit(self, task: Task, wake: Callable[[], None]) -> Future[Understood]:
        self.asked.append(task)
        self.futures.append(Future())
        self._wakes.append(wake)
        return self.futures[-1]

    def answer(self, number: int, outcome: Understood | Exception) -> None:
        """What came of the task of that number."""
        if isinstance(outcome, Exception):
            self.futures[number].set_exception(outcome)
        else:
            self.futures[number].set_result(outcome)
        self._wakes[number]()
