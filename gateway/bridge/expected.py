"""Calls whose carrier has been told to open a media socket and has not done so yet. Sans-I/O.

They have taken their room: of a burst of callers each would else find as much as the first.
"""

from gateway.calls import CallId

_PATIENCE_MS = 10_000
"""Carriers open the socket within a second or two, or when the greeting has been spoken. A call that has none here by
then was led to another replica, or its caller has hung up, which need not be told."""


class Expected:
    """One replica's."""

    def __init__(self) -> None:
        self._until_ms: dict[CallId, int] = {}
        """In the order in which they were told."""

    def add(self, call_id: CallId, now_ms: int) -> None:
        """Its carrier is told now."""
        self.remove(call_id)
        self._until_ms[call_id] = now_ms + _PATIENCE_MS

    def remove(self, call_id: CallId) -> None:
        """Its socket is here, or will not come."""
        self._until_ms.pop(call_id, None)

    def count(self, now_ms: int) -> int:
        """How many may still come."""
        while self._until_ms and next(iter(self._until_ms.values())) <= now_ms:
            del self._until_ms[next(iter(self._until_ms))]
        return len(self._until_ms)
