"""What was said in a session, turn by turn. Sans-I/O."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """Something one speaker said, from start to end."""

    sequence: int
    """Counts the session's turns from 1."""
    speaker: str
    language: str | None
    """What the session was told that the speaker speaks."""
    text: str
    unix_ms: int
    """When it began."""


class Transcript:
    """The turns of a session in the order they ended."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def add(self, speaker: str, language: str | None, text: str, unix_ms: int) -> Turn:
        """Write down a turn that has ended."""
        turn = Turn(len(self.turns) + 1, speaker, language, text, unix_ms)
        self.turns.append(turn)
        return turn
