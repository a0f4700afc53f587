"""Numbers that processes share: what a test sees of calls that are on, and what it decides about them."""

from multiprocessing.context import SpawnContext

MOST_CALLS = 1000
"""At once."""


class Board:
    """One number of each kind for each call; times are milliseconds on the system's clock, 0 while there is none."""

    def __init__(self, context: SpawnContext) -> None:
        self.began_ms = context.RawArray("q", MOST_CALLS)
        """When the call was placed."""
        self.sound_ms = context.RawArray("q", MOST_CALLS)
        """Milliseconds of sound that the caller has heard."""
        self.leaves_at_ms = context.RawArray("q", MOST_CALLS)
        """When the caller hangs up; written by the test, read by the call."""
        self.is_over = context.RawArray("q", MOST_CALLS)

    def wipe(self) -> None:
        """For the next calls."""
        for numbers in (self.began_ms, self.sound_ms, self.leaves_at_ms, self.is_over):
            numbers[:] = [0] * MOST_CALLS
