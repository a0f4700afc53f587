"""Whether a replica has room for another call, and who has taken it."""

from collections.abc import Callable

from gateway.bridge.office import Office
from gateway.bridge.switchboard import Switchboard
from gateway.calls import CallId
from gateway.errors import StoreUnavailableError
from gateway.telemetry.metrics import AdmissionState


class Admission:
    """One replica's limit. A call takes its room when it is let in, not when its audio comes."""

    def __init__(
        self,
        office: Office,
        switchboard: Switchboard,
        max_calls: int,
        is_overloaded: Callable[[], bool],
        others: Callable[[], int],
    ) -> None:
        """`max_calls` at once on this replica: those up already must not suffer for one more.

        `is_overloaded` says whether they do, `others` how many replicas there are besides, that carriers are led to as
        well.
        """
        self._office = office
        self._switchboard = switchboard
        self._max_calls = max_calls
        self._is_overloaded = is_overloaded
        self._others = others
        self._answering: set[CallId] = set()
        """Let in, and their carriers wait for the document."""

    @property
    def state(self) -> AdmissionState:
        """Whether another call would be let in."""
        if self._is_overloaded():
            return AdmissionState.OVERLOADED
        return AdmissionState.OPEN if self._taken() < self._max_calls else AdmissionState.FULL

    async def let_in(self, call_id: CallId) -> AdmissionState:
        """Open where a call that has arrived is let in; it has its room from this moment.

        One that its carrier tells of again was taken, here or elsewhere: to refuse it now would cut it off.
        """
        state = self.state
        if state is AdmissionState.OPEN or await self._is_known(call_id):
            self._answering.add(call_id)
            return AdmissionState.OPEN
        return state

    def answered(self, call_id: CallId, *, is_coming: bool) -> None:
        """Its carrier was told, perhaps to open a media socket."""
        self._answering.discard(call_id)
        if is_coming and self._switchboard.find(call_id) is None:
            self._switchboard.expected.add(call_id, self._office.clock.now_ms())

    def _taken(self) -> int:
        # Of those that several replicas have told to come, each gets its share.
        coming = self._switchboard.expected.count(self._office.clock.now_ms()) // (self._others() + 1)
        return len(self._switchboard) + coming + len(self._answering)

    async def _is_known(self, call_id: CallId) -> bool:
        try:
            return await self._office.ledger.get(call_id) is not None
        except StoreUnavailableError:
            return False
