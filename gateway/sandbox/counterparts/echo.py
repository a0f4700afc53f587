"""A counterpart that returns every message's audio at once, byte by byte: exact and measurable."""

from gateway.sandbox.counterparts.base import Reply, Say


class Echo:
    """Says what it hears while it hears it."""

    def hear(self, speaker: str, ulaw: bytes, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it needs no time
        return [Say(speaker, ulaw, at_once=True)]

    def due(self, unix_ms: int) -> list[Reply]:  # noqa: ARG002  it says nothing unprompted
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def finish(self) -> list[Reply]:
        return []
