"""What was said in a session, turn by turn. Sans-I/O."""

from msgspec import Struct


class Translation(Struct, frozen=True):
    """A turn in the other party's language."""

    language: str
    text: str


class Turn(Struct, frozen=True):
    """Something one speaker said, from start to end."""

    sequence: int
    """Counts the session's turns from 1."""
    speaker: str
    language: str | None
    """What was recognised, or what the session was told that the speaker speaks."""
    text: str
    unix_ms: int
    """When it began."""
    translation: Translation | None = None
    confidence: float | None = None


class Transcript:
    """The turns of a session in the order they ended."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    @property
    def languages(self) -> list[str]:
        """Those that were spoken, in the order in which they were first heard."""
        return list(dict.fromkeys(turn.language for turn in self.turns if turn.language is not None))

    def add(
        self,
        speaker: str,
        language: str | None,
        text: str,
        unix_ms: int,
        translation: Translation | None = None,
        confidence: float | None = None,
    ) -> Turn:
        """Write down a turn that has ended."""
        turn = Turn(len(self.turns) + 1, speaker, language, text, unix_ms, translation, confidence)
        self.turns.append(turn)
        return turn
