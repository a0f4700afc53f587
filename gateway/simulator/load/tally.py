"""What is counted and measured in a load, second by second, so that several processes can be added up. Sans-I/O."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from gateway.simulator.dialect import Complaint
from gateway.simulator.load.spread import Spread

_MOST_OF_A_CODE = 5
"""Complaints that are told word for word: some quote an id, which is another one in each call."""
_MOST_CHARACTERS = 200


class Count(StrEnum):
    """What is counted."""

    STARTED = "started"
    """Calls whose first webhook was sent."""
    CONNECTED = "connected"
    """Calls that got a media stream."""
    COMPLETED = "completed"
    """Calls that lasted until their caller hung up."""
    REFUSED = "refused"
    """Calls that never got a media stream."""
    LOST = "lost"
    """Calls that ended before their caller hung up."""
    HEARD = "heard"
    """Calls whose caller was sent any audio."""
    RESUMED = "resumed"
    """Media streams after a call's first."""
    COMPLAINTS = "complaints"
    """What the carrier held against the gateway."""
    FRAMES_SENT = "frames_sent"
    FRAMES_RECEIVED = "frames_received"
    DISCARDED = "discarded"
    """Frames that were not sent because the gateway did not read."""
    PROBES_SENT = "probes_sent"
    PROBES_FOUND = "probes_found"
    PROBES_LOST = "probes_lost"
    LOST_MS = "lost_ms"
    """Audio that is missing from what came back."""
    INSERTED_MS = "inserted_ms"
    """Audio that was put into what came back."""


class Figure(StrEnum):
    """What is measured, in milliseconds."""

    WEBHOOK = "webhook"
    """From the first webhook to its document."""
    SETUP = "setup"
    """From the first webhook to the open media stream."""
    FIRST_AUDIO = "first_audio"
    """From the first webhook to the first sound that is heard."""
    ADDED = "added"
    """Age of the newest sample of each burst of audio that comes back: what is left of the way when the time is not
    counted for which samples wait for the rest of their chunk."""
    ROUND_TRIP = "round_trip"
    """From the last sample of a probe's leaving to its coming back, that time included."""
    JITTER = "jitter"
    """Of the bursts' coming, as RFC 3550 §6.4.1 smooths it."""
    LATENESS = "lateness"
    """How late the generator sent its frames."""


class Sample(Struct):
    """One second of one process."""

    second: int
    active: int
    cpu_s: float
    """What the process itself used of a core."""
    counts: dict[str, int]
    spreads: dict[str, dict[int, int]]
    reasons: dict[str, int]
    """Why calls were refused or lost."""
    complaints: dict[str, int]
    """What the carrier held against the gateway, in its words."""


class Tally:
    """Adds up what happens until it is taken."""

    def __init__(self) -> None:
        self.active = 0
        self._start()

    def _start(self) -> None:
        self.counts: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.complaints: Counter[str] = Counter()
        self.spreads = {figure: Spread() for figure in Figure}

    def complain(self, complaint: Complaint) -> None:
        """Hold something against the gateway."""
        self.counts[Count.COMPLAINTS] += 1
        add_kinds(self.complaints, {f"{complaint.code}: {complaint.detail}"[:_MOST_CHARACTERS]: 1})

    def take(self, second: int, cpu_s: float) -> Sample:
        """All since the last time."""
        classes = {str(figure): dict(spread.classes) for figure, spread in self.spreads.items() if spread.count}
        reasons, complaints = dict(self.reasons), dict(self.complaints)
        sample = Sample(second, self.active, cpu_s, dict(self.counts), classes, reasons, complaints)
        self._start()
        return sample


def spreads_of(sample: Sample) -> Mapping[str, Spread]:
    """A sample's, as what can be asked for quantiles."""
    return {name: Spread(classes) for name, classes in sample.spreads.items()}


def add_kinds(kinds: Counter[str], more: Mapping[str, int]) -> None:
    """Count more complaints, each by its words; where a code has too many of them, only by the code."""
    for kind, count in more.items():
        code = f"{kind.partition(':')[0]}:"
        is_told = kind in kinds or sum(known.startswith(code) for known in kinds) < _MOST_OF_A_CODE
        kinds[kind if is_told else f"{code} others"] += count
