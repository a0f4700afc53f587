from gateway.calls import Direction
from gateway.telemetry.blackbox import BlackBox, EventKind, Recording, decode
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.detectors import Flag, Occurrence
from gateway.telemetry.health import CallHealth
from tests.telemetry.sounds import SILENCE, alaw, noise, pieces, speech, ulaw

UNIX_MS = 1_700_000_000_000
CLOCK_MS = 5_000
"""What the gateway's own clock says at that time."""


class Call:
    """A call that is fed with sound for both directions, 100 ms at a time."""

    def __init__(self, *, resumed: bool = False) -> None:
        self.counts = CallCounts()
        self.box = BlackBox(UNIX_MS)
        if resumed:
            self.box.event(EventKind.RESUMED, UNIX_MS)
        self.now_ms = CLOCK_MS
        self.health = CallHealth(self.counts, self.box, CLOCK_MS, UNIX_MS)
        self.occurrences: list[Occurrence] = []

    def goes_on(
        self, heard: list[bytes], said: list[bytes], seconds: int, *, is_away: bool = False, **figures: int
    ) -> None:
        """Both sounds over and over; nothing is said where there is none."""
        for number in range(10 * seconds):
            self.now_ms += 100
            for frame in range(5 if heard else 0):
                self.health.jitter.arrived(self.now_ms + 20 * frame, self.now_ms)
            if heard:
                self.health.heard(heard[number % len(heard)], self.now_ms)
                self.counts.frames_in += 5
            if said:
                self.health.said(said[number % len(said)], self.now_ms)
            if self.now_ms >= self.health.due_ms:
                self.occurrences += self.health.second(self.now_ms, is_away=is_away, **figures)

    def recording(self) -> Recording:
        return decode(self.box.encode())


VOICE = pieces(ulaw(speech()))
QUIET = [SILENCE]
ROOM = pieces(ulaw(noise(200, 12) + noise(300, 60)))
"""Nobody speaks; the line breathes."""


def test_a_good_call_has_a_good_score_both_ways() -> None:
    """And no flag, and the levels of its last second."""
    call = Call()
    call.goes_on(VOICE, VOICE, 12, latency_ms=60)
    figures = call.health.figures()
    assert figures.heard.direction is Direction.IN
    assert figures.heard.mos is not None
    assert figures.heard.mos > 4.3
    assert figures.said.mos is not None
    assert figures.said.mos > 4.3
    assert (figures.heard.frames, figures.said.frames) == (600, 600)
    assert figures.said.delay_ms == figures.heard.delay_ms == 60
    assert figures.heard_dbov is not None
    assert figures.said_dbov is not None
    assert -35 < figures.heard_dbov < -15
    assert call.occurrences == list(figures.flags) == []


def test_before_the_first_second_nothing_is_known() -> None:
    """A scrape may come at any time."""
    figures = Call().health.figures()
    assert (figures.heard.mos, figures.said.mos, figures.heard_dbov, figures.said_dbov) == (None, None, None, None)


def test_the_first_audio_each_way_is_noted_once() -> None:
    """When it came, on everybody's clock."""
    call = Call()
    call.goes_on(VOICE, [], 2)
    call.goes_on(VOICE, VOICE, 2)
    events = [(event.at_ms, event.kind) for event in call.recording().events]
    assert events == [(100, EventKind.FIRST_AUDIO_IN), (2_100, EventKind.FIRST_AUDIO_OUT)]


def test_each_second_is_recorded_with_its_figures() -> None:
    """The gaps of that second, not of the call; no level where there was no audio."""
    call = Call()
    call.counts.gap_frames = 3
    call.goes_on(VOICE, [], 1, queue_ms=250, latency_ms=4)
    call.goes_on(VOICE, VOICE, 1)
    first, second = call.recording().seconds
    assert (first.at_ms, first.said_dbov, first.gap_frames, first.queue_ms, first.latency_ms) == (
        1_000,
        None,
        3,
        250,
        4,
    )
    assert first.heard_dbov is not None
    assert first.jitter_tenths_ms > 0
    assert (second.at_ms, second.gap_frames, second.queue_ms) == (2_000, 0, 0)
    assert second.said_dbov is not None


def test_losses_are_bursts_by_when_they_were_seen() -> None:
    """Six frames at once are worse than six, one after another."""
    at_once, scattered = Call(), Call()
    at_once.goes_on(VOICE, [], 2)
    at_once.counts.gap_frames = 6
    at_once.goes_on(VOICE, [], 2)
    for _ in range(6):
        scattered.goes_on(VOICE, [], 1)
        scattered.counts.gap_frames += 1
    scattered.goes_on(VOICE, [], 1)
    assert (at_once.health.figures().heard.bursts, scattered.health.figures().heard.bursts) == (1, 6)


def test_a_flag_is_told_shown_and_recorded_from_where_it_began() -> None:
    """Nobody speaks for twelve seconds after somebody did; then somebody does."""
    call = Call()
    call.goes_on(VOICE, [], 4)
    call.goes_on(QUIET, [], 12)
    (dead_air,) = call.health.flags
    assert dead_air == Occurrence(Flag.DEAD_AIR, None, CLOCK_MS + 4_000)
    assert call.health.figures().flags == (dead_air,)

    call.goes_on(VOICE, [], 2)

    ended = Occurrence(Flag.DEAD_AIR, None, CLOCK_MS + 4_000, CLOCK_MS + 17_000)
    assert call.occurrences == [dead_air, ended]
    assert call.health.flags == ()
    noted = [(event.at_ms, event.kind, event.detail) for event in call.recording().events[1:]]
    assert noted == [(4_000, EventKind.FLAG, "dead_air"), (17_000, EventKind.FLAG_OVER, "dead_air")]


def test_one_way_audio_is_told_with_its_direction() -> None:
    """A caller of whom only silence comes while Kallglot speaks."""
    call = Call()
    call.goes_on(QUIET, VOICE, 12)
    assert [(found.flag, found.direction) for found in call.occurrences] == [(Flag.ONE_WAY, Direction.IN)]
    assert call.recording().events[-1].detail == "one_way in"


def test_a_carrier_that_sends_no_silence_is_not_one_way() -> None:
    """The caller listens for a long while; what Kallglot is sent meanwhile is silence of ours."""
    call = Call()
    call.goes_on(VOICE, [], 2)
    for _ in range(15):
        call.counts.concealed_ms += 1_000
        call.goes_on(QUIET, VOICE, 1)
    assert call.occurrences == []


def test_comfort_silence_is_not_one_way() -> None:
    """Kallglot's stream is lost, its caller asks whether anybody is there, and hears the silence of ours."""
    away, here = Call(), Call()
    away.goes_on(VOICE, QUIET, 14, is_away=True)
    here.goes_on(VOICE, QUIET, 14)
    assert away.occurrences == []
    assert [(found.flag, found.direction) for found in here.occurrences] == [(Flag.ONE_WAY, Direction.OUT)]


def test_a_caller_who_came_back_and_listens_is_not_flagged() -> None:
    """What the caller said on the socket before is not known here."""
    came_back = Call(resumed=True)
    came_back.goes_on(ROOM, VOICE, 20)
    stayed = Call()
    stayed.goes_on(ROOM, VOICE, 20)
    assert came_back.occurrences == []
    assert [found.flag for found in stayed.occurrences] == [Flag.CALLER_SILENT]


def test_alaw_is_found_by_the_loudest_of_each_second() -> None:
    """And a right one is not, over the same time."""
    wrong, right = Call(), Call()
    wrong.goes_on(pieces(alaw(speech())), VOICE, 15)
    right.goes_on(VOICE, VOICE, 15)
    assert Flag.WRONG_COMPANDING in {found.flag for found in wrong.occurrences}
    assert right.occurrences == []


def test_what_was_said_in_a_call_s_last_moment_counts() -> None:
    """A short call whose carrier ran dry once is not one of which all was lost."""
    call = Call()
    for piece in VOICE[:9]:
        call.health.said(piece, CLOCK_MS + 100)
    call.counts.underruns = 1
    call.health.close(CLOCK_MS + 900)
    said = call.health.figures().said
    assert (said.frames, said.lost) == (46, 1)


def test_flags_end_with_the_socket() -> None:
    """A caller who comes back begins without any."""
    call = Call()
    call.goes_on(QUIET, [], 9)
    (ended,) = call.health.close(call.now_ms)
    assert (ended.flag, ended.end_ms) == (Flag.DEAD_AIR, CLOCK_MS + 9_000)
    assert call.health.flags == ()
    assert call.recording().events[-1].kind is EventKind.FLAG_OVER


def test_other_events_are_noted_as_they_come() -> None:
    call = Call()
    call.health.event(EventKind.READY, CLOCK_MS + 250)
    call.health.event(EventKind.DIGIT, CLOCK_MS + 300, "9")
    events = call.recording().events
    assert [(event.at_ms, event.kind, event.detail) for event in events] == [(250, "ready", ""), (300, "digit", "")]
