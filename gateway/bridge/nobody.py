"""Who is told what a carrier says once its call is over."""

from collections.abc import Sequence

from gateway.bridge.chunks import Chunk
from gateway.bridge.events import Event


class Nobody:
    """Stands for a relay that has ended, so that it is freed at once and not by the garbage collector."""

    __slots__ = ()

    def handle(self, event: Event) -> None:
        """The call is over already."""

    def caller_audio(self, chunks: Sequence[Chunk]) -> None:
        """Kallglot takes no more of it."""

    def failed(self, exc: Exception) -> None:
        """There is no call to end."""


NOBODY = Nobody()
