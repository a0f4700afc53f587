"""What the ledger keeps of a call. Sans-I/O."""

from enum import StrEnum

from msgspec import Struct, structs

from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId, TicketId


class Phase(StrEnum):
    """How far a call and its session have come, as every replica sees it."""

    OPENING = "opening"
    """Claimed; the session is being created. What it is created with is kept, so that it can be found again."""
    LIVE = "live"
    """The session is open: the caller is on the way to us, with us, or may come back."""
    ENDING = "ending"
    """The call is over for us; Kallglot has yet to confirm the session's end."""
    ENDED = "ended"
    """Nothing is open any more; kept only to answer a caller who is still on the line."""


class Outcome(StrEnum):
    """What a caller who is still on the line is owed when the stream has ended."""

    AFTER = "after"
    """The session did its work: the route's `after`."""
    FAILURE = "failure"
    """It could not: the route's `on_failure`."""


class Session(Struct, frozen=True):
    """The Kallglot session a call talks to."""

    session_id: SessionId
    stream_url: str
    token: str
    token_expires_ms: int
    """Unix ms; the token is checked only when a stream is opened."""


class Ticket(Struct, frozen=True):
    """The right to open one media socket."""

    ticket_id: TicketId
    expires_ms: int
    """Unix ms."""
    used: bool = False


class CallRecord(Struct, frozen=True):
    """One call in the ledger. Changed only as a whole, and only by whoever saw its latest version."""

    call_id: CallId
    carrier: Carrier
    carrier_call_id: CarrierCallId
    route: str
    """The name of the route that answered; looked up anew when its words are needed."""
    speaker: str
    created_ms: int
    """Unix ms of the first webhook."""
    owner: str
    """The replica that carries it, or carried it last."""
    phase: Phase = Phase.OPENING
    version: int = 0
    """Counts the changes; a change to another version than the stored one is refused."""
    epoch: int = 0
    """Counts the media sockets: a socket of an older epoch must not feed the session any more."""
    create_body: str = ""
    """The session's create body while OPENING, as JSON: sent again with the same key it finds the same session."""
    session: Session | None = None
    ticket: Ticket | None = None
    next_sequence: int = 1
    """Of `audio.input`, which counts through all sockets of a session; as of the latest socket's opening or end."""
    attached_ms: int = 0
    """Unix ms at which the media socket was opened that may be open still; 0 while there is none."""
    figures: dict[str, int] = {}
    """What was counted on the sockets before that one."""
    resumed_ms: tuple[int, ...] = ()
    """Unix ms of the latest resumes."""
    caller_gone: bool = False
    """The carrier said that the call is over: nobody is left to be answered."""
    outcome: Outcome | None = None
    end_reason: EndReason | None = None
    end_attempts: int = 0
    """How often Kallglot was asked, in vain, to end the session."""

    @property
    def is_done(self) -> bool:
        """Nothing is owed to anybody: the record may go."""
        return self.phase is Phase.ENDED and self.caller_gone


def next_version(record: CallRecord) -> CallRecord:
    """The record as it stands in the store after a change from this version."""
    return structs.replace(record, version=record.version + 1)


class Change(Struct, frozen=True):
    """A record as it should be written, and when somebody has to look after it again (Unix ms)."""

    record: CallRecord
    due_ms: int
