"""A carrier's media socket that only remembers."""


class FakeSocket:
    """A `Socket` that takes everything."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed_with: list[int] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int) -> None:
        self.closed_with.append(code)
