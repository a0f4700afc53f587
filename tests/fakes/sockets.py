"""A carrier's media socket that only remembers."""


class FakeSocket:
    """A `Socket` that takes everything."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed_with: list[int] = []
        self.least_bytes: list[int] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int) -> None:
        self.closed_with.append(code)

    def gather(self, least_bytes: int) -> None:
        self.least_bytes.append(least_bytes)
