"""Whether this replica takes calls, and how many others do."""

from gateway.bridge.office import Office


class Presence:
    """One replica's place among the others, as the store tells it."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._has_left = False
        self.others = 0
        """Replicas that would take a call of ours, as of the latest renewal."""

    def leave(self) -> None:
        """Take no more calls; the others learn it with the next renewal."""
        self._has_left = True

    async def renew(self, now_ms: int) -> None:
        """Say where we stand, and learn where the others do.

        Raises:
            StoreUnavailableError: there is no telling; what was known before is kept.
        """
        until_ms = 0 if self._has_left else now_ms + self._office.lifecycle.policy.lease_ms
        self.others = await self._office.ledger.present(self._office.replica, now_ms, until_ms)
