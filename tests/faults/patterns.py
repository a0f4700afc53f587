"""Every fault of the simulated carriers, and where it shows. README.md says what it looks like on real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.calls import Carrier
from gateway.errors import MessageFault
from tests.faults.signs import Sign


class Counterpart(StrEnum):
    """Who is at Kallglot's end."""

    ECHO = "echo"
    """Callers hear themselves, and know what was lost."""
    SCRIPT = "script"
    """Says something every second. An echo never ends, so that no utterance's end is ever marked."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A fault, and the metric by which an operator sees it."""

    spec: str
    """As `gateway load --fault` takes it, once `{third_ms}` is a third of the load."""
    sign: Sign
    carriers: Sequence[Carrier] = tuple(Carrier)
    """Whose it can be."""
    counterpart: Counterpart = Counterpart.ECHO

    @property
    def name(self) -> str:
        """The fault's."""
        return self.spec.partition(":")[0]

    def fault(self, seconds: float) -> str:
        """For a load of that length."""
        return self.spec.format(third_ms=round(seconds * 1000 / 3))


_JITTER = Sign("gateway_media_interarrival_jitter_seconds", above_s=0.01, is_timed=True)
_STALLS = Sign("gateway_media_stalls_total", is_timed=True)
_MARKS = Sign("gateway_mark_lateness_seconds", above_s=0.1, is_timed=True)


def _dropped(reason: MessageFault) -> Sign:
    labels = {"direction": "in", "reason": str(reason)}
    return Sign("gateway_media_frames_dropped_total", labels, by_carrier=False)


_RESUMED = {"cause": "socket_lost", "result": "resumed"}

PATTERNS = (
    # One such step is 19 ms of jitter (RFC 3550 A.8): a busy generator smooths it by some, and it still shows.
    Pattern("burst:every=700,hold=300", _JITTER),
    Pattern("jitter", _JITTER),
    Pattern("reorder", Sign("gateway_media_reordered_frames_total"), (Carrier.TELNYX,)),
    Pattern("duplicate", Sign("gateway_media_duplicate_frames_total")),
    Pattern("loss", Sign("gateway_media_gap_frames_total")),
    Pattern("gaps:after=60", _STALLS),
    Pattern("stall:at=500,ms=400,every=1000", _STALLS),
    Pattern("sizes", Sign("gateway_media_odd_frames_total")),
    # Twice a call: who comes back more than five times in a minute is not let in again.
    Pattern("half_open:at={third_ms},ms=400", Sign("gateway_calls_resumed_total", _RESUMED, by_carrier=False)),
    Pattern("late_marks", _MARKS, counterpart=Counterpart.SCRIPT),
    Pattern("truncate", _dropped(MessageFault.NOT_JSON)),
    Pattern("malformed", _dropped(MessageFault.NOT_A_MESSAGE)),
    Pattern("slow_read:ms=400", _MARKS, counterpart=Counterpart.SCRIPT),
    Pattern(
        "late_callbacks:ms=2000",
        Sign("gateway_callback_delay_seconds", {"kind": "stream"}, above_s=0.5, is_timed=True),
    ),
)
