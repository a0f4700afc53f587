import audioop
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.pacing import PacingPolicy
from gateway.calls import Direction
from gateway.carriers.base import MediaDialect
from gateway.errors import MessageError
from gateway.telemetry.counts import DropReason
from tests.bridge.caller_frames import speech
from tests.bridge.handset import Handset, telnyx, twilio

SECOND = 8_000
"""Bytes of μ-law."""
PCMA_8K = AudioFormat(Encoding.PCMA)
L16_24K = AudioFormat(Encoding.L16, 24_000, ByteOrder.LITTLE)

_sizes = st.lists(st.integers(1, 2_000), min_size=1, max_size=30)
_carriers = pytest.mark.parametrize("dialect", [twilio(), telnyx()], ids=["twilio", "telnyx"])


@given(_sizes, st.integers(0, 150), st.sampled_from([40, 60, 400]))
def test_ulaw_leaves_bit_by_bit(sizes: list[int], every_ms: int, lead_ms: int) -> None:
    """What Kallglot says reaches a caller at Twilio unchanged, in whatever pieces and however fast it came."""
    handset = Handset(twilio(), PacingPolicy(lead_ms=lead_ms))
    said = speech(range(sum(sizes) // 160 + 1))[: sum(sizes)]
    ends = list(itertools.accumulate(sizes))
    handset.say(*[said[end - size : end] for size, end in zip(sizes, ends, strict=True)], every_ms=every_ms)
    handset.wait(60_000)
    assert handset.heard == said
    assert handset.most_held_ms <= lead_ms
    assert not handset.downlink.is_playing(handset.now_ms)


@given(_sizes)
def test_telnyx_gets_no_piece_of_less_than_twenty_ms(sizes: list[int]) -> None:
    """Only the very last is stretched to it, with silence; before that the audio is unchanged."""
    handset = Handset(telnyx())
    said = speech(range(sum(sizes) // 160 + 1))[: sum(sizes)]
    ends = list(itertools.accumulate(sizes))
    handset.say(*[said[end - size : end] for size, end in zip(sizes, ends, strict=True)])
    handset.wait(60_000)
    assert min(map(len, handset.payloads)) >= 160
    padding = handset.heard[len(said) :]
    assert handset.heard[: len(said)] == said
    assert padding == b"\xff" * len(padding)
    assert len(padding) < 160


def test_speech_that_comes_all_at_once_is_kept_here() -> None:
    """Of a minute's burst the carrier gets the lead; the rest can still be taken back."""
    handset = Handset()
    handset.say(bytes(30 * SECOND))
    assert len(handset.heard) == 400 * 8
    assert handset.downlink.unheard_ms(handset.now_ms) == 30_000
    handset.wait(10_000)
    assert len(handset.heard) == 10_400 * 8
    assert handset.downlink.unheard_ms(handset.now_ms) == 20_000


@pytest.mark.parametrize("lead_ms", [40, 50, 99, 100, 400, 5_000])
def test_the_lead_is_kept(lead_ms: int) -> None:
    """Every lead that the settings allow: never more at the carrier, and never nothing while there is some."""
    handset = Handset(policy=PacingPolicy(lead_ms=lead_ms))
    handset.say(bytes(20 * SECOND))
    handset.wait(10_000)
    assert handset.most_held_ms <= lead_ms
    assert handset.full_until_ms >= handset.now_ms
    assert handset.counts.underruns == 0


def test_coming_round_late_does_not_slow_speech_down() -> None:
    """Deadlines follow from what was sent, not from when somebody came round to it."""
    on_time, late = Handset(), Handset(late_ms=17)
    for handset in (on_time, late):
        handset.say(bytes(20 * SECOND))
        handset.wait(10_000)
    assert len(on_time.heard) - len(late.heard) <= 800
    late.wait(17)
    assert len(late.heard) == len(on_time.heard)


@_carriers
def test_each_utterance_ends_with_a_mark(dialect: MediaDialect) -> None:
    """So we learn when the caller has heard it."""
    handset = Handset(dialect)
    for _ in range(2):
        handset.say(bytes(SECOND))
        handset.wait(3_000)
    assert handset.marks == [("1-1", SECOND), ("1-2", 2 * SECOND)]
    assert handset.counts.marks_sent == 2


def test_utterances_that_wait_for_each_other_have_each_their_mark() -> None:
    """Kallglot may send the next one while the first is still being played."""
    handset = Handset()
    handset.say(bytes(5 * SECOND))
    handset.wait(1_000)
    handset.say(bytes(SECOND))
    handset.wait(20_000)
    assert [after for _, after in handset.marks] == [5 * SECOND, 6 * SECOND]


def test_a_pause_for_breath_is_no_end() -> None:
    """Kallglot's messages may come with gaps of less than 200 ms in one utterance."""
    handset = Handset()
    handset.say(*[bytes(800)] * 10, every_ms=190)
    assert handset.marks == []
    handset.wait(200)
    assert [after for _, after in handset.marks] == [8_000]


def test_nothing_said_is_not_marked() -> None:
    """An empty message is no utterance, and leaves nothing to look after."""
    handset = Handset()
    handset.say(b"")
    handset.wait(1_000)
    assert (handset.payloads, handset.marks) == ([], [])
    assert handset.downlink.next_deadline_ms() is None


def test_what_was_heard_is_counted_by_its_marks() -> None:
    handset = Handset()
    handset.say(bytes(SECOND))
    handset.wait(2_000)
    assert handset.downlink.echoed(handset.marks[0][0], handset.now_ms) is not None
    assert handset.downlink.echoed("not ours", handset.now_ms) is None
    assert (handset.counts.heard_ms, handset.counts.marks_played, handset.counts.marks_cleared) == (1_000, 1, 0)


def test_a_carrier_that_is_behind_is_known_by_its_marks() -> None:
    """A second said at once has been played a second after its beginning, whenever its mark was sent."""
    handset = Handset()
    began_ms = handset.now_ms
    handset.say(bytes(SECOND))
    handset.wait(2_000)
    [(name, _)] = handset.marks
    assert handset.downlink.echoed(name, began_ms + 1_350) == 350


@_carriers
def test_clear_is_exact(dialect: MediaDialect) -> None:
    """After the caller cut in nothing of what was said before is sent, and nothing of what is said next is lost."""
    handset = Handset(dialect)
    handset.say(bytes(5 * SECOND + 77))
    handset.wait(1_000)
    sent = len(handset.heard)
    handset.interrupt()
    assert handset.clears == handset.counts.clears == 1
    assert not handset.downlink.is_playing(handset.now_ms)
    assert handset.downlink.next_deadline_ms() is None
    handset.wait(10_000)
    assert len(handset.heard) == sent
    handset.say(speech(range(10)))
    handset.wait(3_000)
    assert handset.heard[sent:] == speech(range(10))


def test_what_was_cleared_was_not_heard() -> None:
    """The carrier echoes its marks all the same."""
    handset = Handset()
    handset.say(bytes(SECOND // 5))
    handset.wait(300)
    handset.interrupt()
    [(name, _)] = handset.marks
    assert handset.downlink.echoed(name, handset.now_ms) is None
    assert (handset.counts.heard_ms, handset.counts.marks_cleared, handset.counts.marks_played) == (0, 1, 0)


def test_what_is_cleared_is_counted() -> None:
    """In pieces of at most 100 ms: those that waited here, and the one that was not whole."""
    handset = Handset()
    handset.say(bytes(SECOND + 5))
    handset.interrupt()
    assert handset.counts.dropped == {(Direction.OUT, DropReason.CLEARED): 7}


def test_clearing_nothing_drops_nothing() -> None:
    handset = Handset()
    handset.interrupt()
    assert not handset.counts.dropped


def test_clear_forgets_the_old_words_in_the_transcoder() -> None:
    """A resampler holds a few ms back: they must not come out before the next word."""
    handset = Handset()
    handset.say(b"\x00\x70" * 2_400, source=L16_24K)
    handset.interrupt()
    sent = len(handset.heard)
    handset.say(bytes(4_800), source=L16_24K)
    handset.wait(2_000)
    assert set(handset.heard[sent:]) == {0xFF}


def test_a_queue_that_is_full_loses_its_oldest() -> None:
    """A minute is kept for a caller, not more; what is lost is counted."""
    handset = Handset(policy=PacingPolicy(queue_ms=1_000))
    handset.say(bytes(3 * SECOND))
    assert handset.counts.dropped[Direction.OUT, DropReason.QUEUE_FULL] == 20


def test_a_carrier_that_runs_dry_in_mid_utterance_is_counted() -> None:
    """The caller heard a gap that nobody meant."""
    handset = Handset()
    handset.say(bytes(160), bytes(160), every_ms=60)
    assert handset.counts.underruns == 1
    handset.wait(1_000)
    handset.say(bytes(160))
    assert handset.counts.underruns == 1


def test_what_comes_before_the_carrier_s_next_beat_is_no_gap() -> None:
    """Speech in real time whose messages are up to 10 ms late each, by the network: nothing of it was heard."""
    handset = Handset()
    for late_ms in (0, 3, 7, 0, 9, 10, 4, 0):
        handset.wait(late_ms)
        handset.say(bytes(800))
        handset.wait(100 - late_ms)
    assert handset.counts.underruns == 0


def test_speech_that_comes_too_slowly_leaves_gaps() -> None:
    """Each message is 5 ms late, which adds up: at every fourth the carrier has nothing to play for a frame."""
    handset = Handset()
    handset.say(*[bytes(800)] * 41, every_ms=105)
    assert handset.counts.underruns == 10


def test_running_dry_once_counts_once() -> None:
    """Telnyx takes no less than 20 ms: until as much has come, every message finds the same gap."""
    handset = Handset(telnyx())
    handset.say(bytes(160), *[bytes(80)] * 8, every_ms=40)
    assert (len(handset.heard), handset.counts.underruns) == (160 + 640, 4)


def test_a_carrier_that_did_not_read_for_a_while_ran_dry_once() -> None:
    """What Kallglot said meanwhile waited, message by message, and was played after one gap."""
    handset = Handset()
    handset.say(bytes(800))
    for _ in range(20):
        handset.now_ms += 100
        handset.downlink.feed(bytes(800), PCMU_8K, handset.now_ms)
    handset.now_ms += 50
    handset.wait(5_000)
    assert len(handset.heard) == 21 * 800
    assert handset.counts.underruns == 1


def test_speech_in_real_time_is_sent_on_at_once() -> None:
    """No piece waits for the next: 20 ms that came are 20 ms that leave."""
    handset = Handset()
    for number in range(1, 20):
        handset.say(bytes(160))
        assert len(handset.heard) == number * 160
        handset.wait(20)


@_carriers
def test_what_a_carrier_takes_does_not_wait(dialect: MediaDialect) -> None:
    """30 ms messages to Telnyx: 20 leave at once, then 40; to Twilio all of it."""
    handset = Handset(dialect)
    handset.say(bytes(240))
    assert len(handset.heard) == (240 if dialect.minimum_ms == 0 else 160)
    handset.say(bytes(240))
    assert len(handset.heard) == 480


def test_less_than_a_millisecond_waits_for_more() -> None:
    """And is sent with the end of the utterance if there is no more."""
    handset = Handset()
    handset.say(bytes(5))
    assert handset.heard == b""
    assert handset.downlink.is_playing(handset.now_ms)
    handset.wait(200)
    assert handset.heard == bytes(5)


def test_alaw_to_an_alaw_carrier() -> None:
    """Telnyx in Europe, where the document asks for PCMA: code by code, and quiet at the end."""
    handset = Handset(telnyx(PCMA_8K))
    said = bytes(range(200))
    handset.say(said)
    handset.wait(1_000)
    assert handset.heard == audioop.lin2alaw(audioop.ulaw2lin(said, 2), 2) + b"\xd5" * 120


def test_l16_to_a_wideband_carrier_is_whole_samples() -> None:
    """Telnyx with L16 at 16 kHz: each message is whole samples, and as long as what was said."""
    handset = Handset(telnyx(AudioFormat(Encoding.L16, 16_000, ByteOrder.BIG)))
    handset.say(*[bytes(160)] * 50, every_ms=20)
    handset.wait(1_000)
    assert all(len(payload) % 2 == 0 and len(payload) >= 640 for payload in handset.payloads)
    assert 32_000 <= len(handset.heard) <= 32_000 + 640


def test_l16_at_24_khz_is_heard_for_as_long_as_it_is_said() -> None:
    """Kallglot's synthesis, should it ever send it as it is: a second is a second of μ-law, and 2 ms of a filter's."""
    handset = Handset()
    handset.say(*[bytes(4_800)] * 10, source=L16_24K)
    handset.wait(3_000)
    assert len(handset.heard) == SECOND + 16
    assert set(handset.heard) == {0xFF}


def test_kallglot_may_change_what_it_sends() -> None:
    """From μ-law to A-law in mid-call: each message is read as it declares itself."""
    handset = Handset()
    said = bytes(range(160))
    handset.say(said)
    handset.say(said, source=PCMA_8K)
    assert handset.heard == said + audioop.lin2ulaw(audioop.alaw2lin(said, 2), 2)


def test_nothing_is_lost_where_kallglot_changes_what_it_sends() -> None:
    """In mid-word: the last 2 ms that a filter keeps back come before the first of the new format."""
    handset = Handset()
    handset.say(b"\x00\x40" * 2_400, source=L16_24K)
    handset.say(bytes(800))
    handset.wait(1_000)
    (loud,) = set(audioop.lin2ulaw(b"\x00\x40", 2))
    assert len(handset.heard) == 800 + 16 + 800
    assert set(handset.heard[400:800]) == {loud}
    assert handset.heard[816:] == bytes(800)


@pytest.mark.parametrize(
    ("payload", "source"),
    [(b"odd", L16_24K), (bytes(160), AudioFormat(Encoding.L16, 11_025, ByteOrder.LITTLE))],
    ids=["odd length", "unreadable rate"],
)
def test_a_message_that_cannot_be_read_is_lost_and_nothing_else(payload: bytes, source: AudioFormat) -> None:
    """It is the one that sent it who hears of it; the next is said."""
    handset = Handset()
    with pytest.raises(MessageError):
        handset.say(payload, source=source)
    handset.say(bytes(160))
    assert handset.heard == bytes(160)


def test_the_messages_are_counted() -> None:
    handset = Handset()
    handset.say(bytes(800), bytes(160))
    assert (handset.counts.frames_out, handset.counts.bytes_out) == (2, 960)


def test_the_source_is_taken_anew_after_a_clear() -> None:
    handset = Handset()
    handset.say(bytes(160), source=PCMU_8K)
    handset.interrupt()
    handset.say(bytes(160), source=PCMU_8K)
    assert len(handset.heard) == 320


@given(
    st.lists(
        st.tuples(st.sampled_from([160, 800, 800, 800, 1_600, 37]), st.sampled_from([0, 20, 100, 100, 350])),
        max_size=40,
    ),
    st.sampled_from([twilio(), telnyx(), telnyx(PCMA_8K)]),
    st.sampled_from([40, 400]),
)
def test_what_goes_at_once_is_what_would_have_gone(
    said: list[tuple[int, int]], dialect: MediaDialect, lead_ms: int
) -> None:
    """The short way of a whole piece that nothing waits before changes nothing."""
    policy = PacingPolicy(lead_ms=lead_ms)
    at_once, later = Handset(dialect, policy), Handset(dialect, policy, is_slow=True)
    for number, (size, pause_ms) in enumerate(said):
        for handset in (at_once, later):
            handset.say(speech(range(number, number + 10))[:size], every_ms=pause_ms)
    for handset in (at_once, later):
        handset.wait(5_000)
    assert (at_once.payloads, at_once.marks) == (later.payloads, later.marks)
    assert at_once.counts == later.counts


def test_a_mark_is_awaited_when_it_can_come_back() -> None:
    """Not while its audio is played, and not for ever."""
    handset = Handset()
    handset.say(bytes(4 * 800))
    said_until_ms = handset.now_ms + 400
    handset.wait(250)
    assert handset.marks
    assert not handset.downlink.awaits_mark(said_until_ms - 101)
    assert handset.downlink.awaits_mark(said_until_ms - 100)
    assert handset.downlink.awaits_mark(said_until_ms + 1_000)
    assert not handset.downlink.awaits_mark(said_until_ms + 1_001)
    handset.downlink.echoed(handset.marks[0][0], said_until_ms)
    assert not handset.downlink.awaits_mark(said_until_ms)
