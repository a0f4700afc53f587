"""A counterpart that listens and says nothing."""

from gateway.sandbox.counterparts.base import Reply


class Mute:
    """Never replies."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it ignores them all
        return []

    def due(self, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it says nothing unprompted
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        return []
