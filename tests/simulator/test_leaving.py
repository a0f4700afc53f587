import asyncio

import pytest

from gateway.simulator.leaving import unless


async def _nothing() -> str:
    await asyncio.Event().wait()
    return "never"


async def test_whoever_stays_gets_the_answer() -> None:
    """However often is looked meanwhile whether they have left."""
    answered = asyncio.Event()
    looks: list[int] = []

    def leaves() -> bool:
        looks.append(len(looks))
        if len(looks) == 3:
            answered.set()
        return False

    assert await unless(leaves, answered.wait()) is True
    assert len(looks) == 3


async def test_whoever_leaves_waits_no_longer() -> None:
    """The answer would never have come."""
    assert await unless(lambda: True, _nothing()) is None


async def test_what_comes_within_the_grace_is_an_answer_still() -> None:
    """A goodbye, for one, should be heard."""
    left = asyncio.Event()

    def leaves() -> bool:
        left.set()
        return True

    assert await unless(leaves, left.wait(), grace_s=60) is True
    assert await unless(leaves, _nothing(), grace_s=0.05) is None


async def test_a_time_out_of_the_answer_itself_is_one() -> None:
    """It is not taken for somebody's leaving."""

    async def too_late() -> None:
        raise TimeoutError("nobody answers")

    with pytest.raises(TimeoutError, match="nobody answers"):
        await unless(lambda: True, too_late())
