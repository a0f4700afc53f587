"""What becomes of a call's record: every change of it, and when somebody has to look after it again. Sans-I/O.

Times are Unix ms: replicas compare them.
"""

from dataclasses import dataclass

from msgspec import structs

from gateway.bridge.events import Ending
from gateway.calls import EndReason
from gateway.store.record import CallRecord, Change, Outcome, Phase, Session, Ticket

_OUTCOMES = {
    Ending.OVER: Outcome.AFTER,
    Ending.AFTER: Outcome.AFTER,
    Ending.FAILURE: Outcome.FAILURE,
}


_KEPT_BACK_MS = 10_000
"""Audio that may have been sent faster than it was spoken: the backlog, bursts, the clocks of two machines."""


@dataclass(frozen=True, slots=True)
class LifecyclePolicy:
    """How long a call may be without somebody."""

    opening_ms: int = 15_000
    """From the webhook to a session: more than Kallglot's whole budget, and as long as a carrier waits."""
    ticket_ttl_ms: int = 60_000
    greeting_ms: int = 30_000
    """On top of the ticket's life: the carrier may still be speaking the greeting."""
    window_ms: int = 300_000
    """Kallglot keeps a session 5 minutes for a caller who comes back."""
    lease_ms: int = 10_000
    """How long a replica's word that it has a call is believed."""
    resumes: int = 5
    resumes_within_ms: int = 60_000
    """More resumes than that in this time, and something is broken that no resume mends."""
    chunk_ms: int = 100
    """The length of an `audio.input`: how fast their numbers are used up."""
    keep_ms: int = 24 * 3_600_000
    """What happened to a call can be asked for so long after its end; 0 for not at all."""
    retry_first_ms: int = 1_000
    retry_ceiling_ms: int = 60_000
    """Between attempts to end a session."""


class Lifecycle:
    """The rules by which records change."""

    def __init__(self, policy: LifecyclePolicy) -> None:
        self.policy = policy

    def opening(self, record: CallRecord, now_ms: int) -> Change:
        """A call was claimed."""
        return Change(record, now_ms + self.policy.opening_ms)

    def opened(self, record: CallRecord, session: Session, ticket: Ticket, now_ms: int) -> Change:
        """Its session is there, and the carrier is told where to bring the caller."""
        live = structs.replace(record, phase=Phase.LIVE, session=session, ticket=ticket, create_body="")
        return Change(live, self._unless_it_comes(now_ms))

    def returned(self, record: CallRecord, ticket: Ticket, now_ms: int) -> Change | None:
        """The caller comes back to the session; None if that has happened too often."""
        since_ms = now_ms - self.policy.resumes_within_ms
        recent = tuple(at_ms for at_ms in record.resumed_ms if at_ms > since_ms)
        if len(recent) >= self.policy.resumes:
            return None
        # The epoch moves on: whoever still holds the old stream is told to let go.
        back = structs.replace(
            record,
            ticket=ticket,
            resumed_ms=(*recent, now_ms),
            epoch=record.epoch + 1,
            next_sequence=self._unused_sequence(record, now_ms),
            attached_ms=0,
        )
        return Change(back, self._unless_it_comes(now_ms))

    def reticketed(self, record: CallRecord, ticket: Ticket, now_ms: int) -> Change:
        """The carrier never used its ticket, and asks again."""
        return Change(structs.replace(record, ticket=ticket), self._unless_it_comes(now_ms))

    def attached(self, record: CallRecord, owner: str, now_ms: int) -> Change:
        """A replica has the media socket."""
        attached = structs.replace(record, owner=owner, end_reason=None, attached_ms=now_ms)
        return Change(attached, self.lease_due_ms(now_ms))

    def lease_due_ms(self, now_ms: int) -> int:
        """When a call is due whose replica has just said that it has it."""
        return now_ms + self.policy.lease_ms + self.policy.window_ms

    def let_go(self, record: CallRecord, next_sequence: int, figures: dict[str, int]) -> CallRecord:
        """The call's socket is gone, and this is how far it came."""
        return structs.replace(record, next_sequence=next_sequence, figures=figures, attached_ms=0)

    def left(self, record: CallRecord, ending: Ending, reason: EndReason, now_ms: int) -> Change:
        """The call left the bridge."""
        if ending is Ending.AWAIT_RETURN:
            return Change(structs.replace(record, end_reason=reason), now_ms + self.policy.window_ms)
        return self.over(record, _OUTCOMES[ending], reason, now_ms, caller_gone=ending is Ending.OVER)

    def over(
        self, record: CallRecord, outcome: Outcome, reason: EndReason, now_ms: int, *, caller_gone: bool
    ) -> Change:
        """The call is over for us; its session has to be ended."""
        ending = structs.replace(
            record,
            phase=Phase.ENDING,
            # What was refused does not exist: there is nothing to look for.
            create_body="" if reason is EndReason.SESSION_REFUSED else record.create_body,
            outcome=outcome,
            end_reason=reason,
            caller_gone=record.caller_gone or caller_gone,
        )
        return Change(ending, now_ms + self.policy.retry_first_ms)

    def come_late(self, record: CallRecord, session: Session, now_ms: int) -> Change:
        """The session of a call that is over was there after all, and has to be ended."""
        late = structs.replace(record, phase=Phase.ENDING, session=session, create_body="")
        return Change(late, now_ms + self.policy.retry_first_ms)

    def not_ended(self, record: CallRecord, now_ms: int, asked_s: float = 0) -> Change:
        """Kallglot could not be told; try again, ever more patiently, and not before it asked us to."""
        attempts = record.end_attempts + 1
        ours_ms = self.policy.retry_first_ms << min(attempts, 16)
        wait_ms = round(min(max(ours_ms, asked_s * 1000), self.policy.retry_ceiling_ms))
        return Change(structs.replace(record, end_attempts=attempts), now_ms + wait_ms)

    def ended(self, record: CallRecord, now_ms: int) -> Change:
        """Kallglot has confirmed it; a caller who is still there may yet ask what comes now."""
        return Change(structs.replace(record, phase=Phase.ENDED), now_ms + self.policy.window_ms)

    def parted(self, record: CallRecord, due_ms: int) -> Change:
        """The caller was given the last document, or has hung up."""
        return Change(structs.replace(record, caller_gone=True), due_ms)

    def _unused_sequence(self, record: CallRecord, now_ms: int) -> int:
        """A number beyond all that were used by a replica which could not say how far it came.

        No more audio can have been sent than there was time for, and what was kept back before.
        """
        if not record.attached_ms:
            return record.next_sequence
        # A clock that is behind the other's must not lead back to numbers that were used.
        most_ms = max(0, now_ms - record.attached_ms) + _KEPT_BACK_MS
        return record.next_sequence + most_ms // self.policy.chunk_ms + 1

    def _unless_it_comes(self, now_ms: int) -> int:
        return now_ms + self.policy.ticket_ttl_ms + self.policy.greeting_ms
