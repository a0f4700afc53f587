import audioop
import itertools
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.chunks import Chunk
from gateway.bridge.reorder import ReorderPolicy
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.calls import Direction
from gateway.carriers.base import MediaBody
from gateway.errors import MessageFault, UnsupportedFormatError
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.jitter import Jitter
from tests.bridge.caller_frames import FRAME_MS, QUIET, Line, frame, frames, speech, spoken

PCMA_8K = AudioFormat(Encoding.PCMA)
L16_8K = AudioFormat(Encoding.L16, 8000, ByteOrder.BIG)
NO_STALLS = UplinkPolicy(stall_ms=10_000)


def _l16(number: int) -> bytes:
    """The same audio as `spoken`, as a carrier sends L16."""
    return audioop.byteswap(audioop.ulaw2lin(spoken(number), 2), 2)


def _said(number: int) -> bytes:
    """What is left of `spoken` after a way through L16: μ-law knows two zeros, linear audio one."""
    return audioop.lin2ulaw(audioop.ulaw2lin(spoken(number), 2), 2)


@given(st.lists(st.binary(min_size=160, max_size=160), max_size=60))
def test_ulaw_in_order_comes_out_bit_by_bit(payloads: list[bytes]) -> None:
    """What a caller at Twilio says reaches Kallglot unchanged, in chunks of 100 ms."""
    line = Line()
    line.carry(*[frame(n, payload) for n, payload in enumerate(payloads, start=1)])
    assert {len(chunk.ulaw) for chunk in line.chunks} <= {800}
    assert len(line.chunks) == len(payloads) // 5
    line.hang_up()
    assert line.heard == b"".join(payloads)
    assert line.counts.concealed_ms == line.counts.gap_frames == line.counts.stalls == 0


@given(st.lists(st.permutations(range(1, 6)), min_size=1, max_size=20), st.sampled_from([1, 8]))
def test_ulaw_shuffled_within_five_comes_out_bit_by_bit(blocks: list[list[int]], units_per_ms: int) -> None:
    """What a caller at Telnyx says reaches Kallglot in order, none missing, none doubled, in chunks of 100 ms."""
    line = Line(in_order=False)
    arriving = [5 * index + place for index, block in enumerate(blocks) for place in block]
    line.carry(*frames(arriving, units_per_ms=units_per_ms))
    line.hang_up()
    assert line.heard == speech(sorted(arriving))
    assert {len(chunk.ulaw) for chunk in line.chunks} == {800}
    assert line.counts.concealed_ms == line.counts.duplicates == line.counts.late == 0


@given(st.lists(st.integers(0, 4), min_size=1, max_size=100))
def test_doubled_frames_are_heard_once(again: list[int]) -> None:
    """Telnyx may send a frame again up to four frames later."""
    line = Line(in_order=False)
    for number, back in enumerate(again, start=1):
        line.carry(frame(number), frame(max(1, number - back)), every_ms=10)
    line.hang_up()
    assert line.heard == speech(range(1, len(again) + 1))
    assert line.counts.duplicates == len(again)


def test_a_frame_that_comes_twice_in_a_row_is_heard_once() -> None:
    """A carrier that keeps its order has nothing put in order, and must not make the caller stammer either."""
    line = Line()
    line.carry(*frames([1, 2, 2, 3, 3, 3, 4, 5]))
    line.hang_up()
    assert line.heard == speech(range(1, 6))
    assert (line.counts.duplicates, line.counts.gap_frames) == (3, 0)


def test_frames_that_only_look_alike_are_all_heard() -> None:
    """Silence without numbers, and audio under a number that stays the same."""
    line = Line()
    line.carry(*[frame(1, QUIET, chunk=0)] * 3, *[MediaBody(spoken(n), chunk=1, timestamp=5) for n in (1, 2, 3)])
    line.hang_up()
    assert line.heard == 3 * QUIET + speech(range(1, 4))
    assert line.counts.duplicates == 0


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@given(sizes=st.lists(st.integers(20, 640), max_size=60))
def test_frames_of_any_size_are_heard_as_they_are(in_order: bool, sizes: list[int]) -> None:
    """Nothing is put in between them; those that do not hold 20 ms are counted."""
    line = Line(policy=NO_STALLS, in_order=in_order)
    begins = itertools.accumulate(sizes, initial=0)
    said = [spoken(n)[:1] * size for n, size in enumerate(sizes, start=1)]
    line.carry(
        *[
            MediaBody(payload, n, begin // 8)
            for n, (payload, begin) in enumerate(zip(said, begins, strict=False), start=1)
        ]
    )
    line.hang_up()
    assert line.heard == b"".join(said)
    assert line.counts.odd_frames == sum(size != 160 for size in sizes)
    assert line.counts.concealed_ms == 0


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_a_lost_frame_is_twenty_ms_of_silence(in_order: bool) -> None:
    """The caller's words keep their distance."""
    line = Line(in_order=in_order)
    line.carry(*frames([1, 2, 3, 4]))
    line.wait(FRAME_MS)
    line.carry(*frames(range(6, 16)))
    line.hang_up()
    assert line.heard == speech(range(1, 5)) + QUIET + speech(range(6, 16))
    assert (line.counts.gap_frames, line.counts.concealed_ms, line.counts.stalls) == (1, 20, 0)


@pytest.mark.parametrize(("size_ms", "missing"), [(10, 5), (20, 10), (30, 15), (60, 30)])
def test_what_is_missing_is_counted_in_time_however_long_the_carriers_frames_are(size_ms: int, missing: int) -> None:
    """Each tenth of a hundred is lost: a call's rating must not be worse for frames of 10 ms, or better for 30."""
    line = Line(policy=NO_STALLS)
    payload = spoken(1)[:8] * size_ms
    line.carry(*[MediaBody(payload, n, n * size_ms) for n in range(1, 101) if n % 10 != 5], every_ms=size_ms)
    assert line.counts.concealed_ms == 10 * size_ms
    assert line.counts.gap_frames == missing


def test_half_a_frame_is_not_overlooked() -> None:
    """The first that is missing counts at once, as a whole one; with the other half it is no more."""
    line = Line(policy=NO_STALLS)
    counted = []
    for n in (1, 2, 3, 5, 7, 9):
        line.carry(MediaBody(spoken(1)[:80], n, 10 * n), every_ms=10)
        counted.append(line.counts.gap_frames)
    assert counted == [0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize("lost", [2, 9, 10, 37, 200])
def test_a_burst_of_lost_frames_is_as_much_silence(lost: int, in_order: bool) -> None:
    """Whether or not it was long enough for silence to be put in before the frames went on."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 11)))
    line.wait(lost * FRAME_MS)
    line.carry(*frames(range(11 + lost, 31 + lost)))
    line.hang_up()
    assert line.heard == speech(range(1, 11)) + QUIET * lost + speech(range(11 + lost, 31 + lost))
    assert line.counts.concealed_ms == lost * FRAME_MS


@given(st.lists(st.booleans(), max_size=150), st.booleans())
def test_every_pattern_of_loss_keeps_its_time(arrives: list[bool], in_order: bool) -> None:
    """What comes out is the call as it was said, with silence for each frame that was lost."""
    line = Line(in_order=in_order)
    line.carry(*frames([1, 2, 3]))
    for number, comes in enumerate(arrives, start=4):
        if comes:
            line.carry(frame(number))
        else:
            line.wait(FRAME_MS)
    last = 4 + len(arrives)
    line.carry(frame(last))
    line.hang_up()
    said = [spoken(number) if comes else QUIET for number, comes in enumerate(arrives, start=4)]
    assert line.heard == speech([1, 2, 3]) + b"".join(said) + spoken(last)


def test_silence_is_sent_while_a_carrier_is_quiet() -> None:
    """Kallglot hears that the caller has stopped speaking, and need not wait for the next word to know it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(199)
    assert line.heard == speech(range(1, 6))
    assert line.counts.stalls == 0
    line.wait(1_000)
    assert line.heard == speech(range(1, 6)) + QUIET * 50
    assert line.counts.stalls == 1


def test_a_stall_is_measured_anew_after_each_frame() -> None:
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(480)
    line.carry(*frames([30]))
    line.wait(480)
    line.hang_up()
    assert line.counts.stalls == 2
    assert line.heard.endswith(spoken(30) + QUIET * 19)


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "out of order"])
def test_a_pause_in_which_a_carrier_sends_nothing_is_not_lost(in_order: bool) -> None:
    """Its numbers go on where its timestamps leap: a caller who only listens must not look like a bad line."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 6)))
    line.wait(980)
    line.carry(*[frame(number, chunk=number - 49) for number in range(55, 60)])
    line.hang_up()
    assert line.heard == speech(range(1, 6)) + QUIET * 49 + speech(range(55, 60))
    assert (line.counts.stalls, line.counts.gap_frames) == (1, 0)


@pytest.mark.parametrize("number", [0, 55], ids=["without numbers", "numbers that leap"])
def test_a_stall_with_a_hole_in_the_numbers_is_a_loss(number: int) -> None:
    """Where it cannot be said that nothing was sent, what is missing counts."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(980)
    line.carry(frame(55, chunk=number))
    assert line.counts.gap_frames == 49


def test_a_look_before_its_time_changes_nothing() -> None:
    """Whoever looks in more often than asked gets no more silence for it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    assert [chunk for ms in range(200) for chunk in line.uplink.tick(line.now_ms + ms)] == []
    line.wait(300)
    assert line.counts.concealed_ms == 280


def test_frames_that_were_held_up_are_all_heard() -> None:
    """A network that brings everything late loses nothing, whatever silence stood in for it meanwhile."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.wait(500)
    line.carry(*frames(range(6, 31)), every_ms=0)
    line.hang_up()
    assert line.heard.startswith(speech(range(1, 6)))
    assert line.heard.endswith(speech(range(6, 31)))
    assert line.counts.gap_frames == 0


def test_nothing_stands_in_for_a_caller_who_was_never_heard() -> None:
    """There is no audio before the first frame, and nothing to look after."""
    line = Line(in_order=False)
    line.wait(10_000)
    assert line.chunks == []
    assert line.uplink.next_deadline_ms() is None


def test_frames_that_wait_for_an_earlier_one_are_no_stall() -> None:
    """A lost frame of Telnyx' costs 20 ms of silence, however short the patience with stalls."""
    line = Line(policy=UplinkPolicy(stall_ms=40), in_order=False)
    line.carry(*frames([1, 2, 3, 4]))
    line.wait(FRAME_MS)
    line.carry(*frames(range(6, 16)))
    line.hang_up()
    assert line.counts.concealed_ms == 20
    assert line.counts.stalls == 0


def test_a_hole_before_the_first_frame_is_given_up_in_time() -> None:
    """A call of Telnyx' whose first frame was lost begins with the second."""
    line = Line(in_order=False)
    line.carry(frame(2))
    assert line.uplink.next_deadline_ms() == line.now_ms + 120
    line.wait(150)
    line.hang_up()
    assert line.heard == spoken(2)


@pytest.mark.parametrize("window_ms", [0, 20, 200])
def test_the_reorder_window_is_the_operators(window_ms: int) -> None:
    """A hole is waited for as long as `media.reorder_window_ms` says, twice while the carrier is quiet."""
    line = Line(policy=UplinkPolicy(reorder=ReorderPolicy(window_ms), stall_ms=10_000), in_order=False)
    line.carry(*frames([1, 3]))
    held_ms = line.uplink.next_deadline_ms()
    assert held_ms == (line.now_ms + 2 * window_ms if window_ms else line.now_ms + 10_000)


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize(
    "timestamps",
    [
        [0] * 30,
        [-n for n in range(30)],
        [2**63 + n for n in range(30)],
        [n * 777 for n in range(30)],
        [5, -(2**70)] * 15,
    ],
    ids=["zero", "negative", "huge", "of no unit", "in turns"],
)
def test_nonsensical_timestamps_cost_nothing(timestamps: list[int], in_order: bool) -> None:
    """The audio goes through bit by bit; only losses cannot be told by time then."""
    line = Line(in_order=in_order)
    line.carry(*[MediaBody(spoken(n), n, at) for n, at in enumerate(timestamps, start=1)])
    line.hang_up()
    assert line.heard == speech(range(1, 31))


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
@pytest.mark.parametrize("number", [0, -1], ids=["left out", "negative"])
def test_frames_without_numbers_are_heard_as_they_come(number: int, in_order: bool) -> None:
    line = Line(in_order=in_order)
    line.carry(*[frame(n, chunk=number) for n in range(1, 31)])
    line.hang_up()
    assert line.heard == speech(range(1, 31))


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_a_malformed_payload_is_silence_and_nothing_else(in_order: bool) -> None:
    """An L16 frame of odd length: counted, its time kept, its neighbours heard."""
    line = Line(L16_8K, in_order=in_order)
    line.carry(*[frame(n, _l16(n) if n != 6 else b"odd") for n in range(1, 11)])
    line.hang_up()
    said = [_said(n) if n != 6 else QUIET for n in range(1, 11)]
    assert line.heard == b"".join(said)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 1}


def test_a_malformed_payload_that_was_held_back_takes_no_other_with_it() -> None:
    """Those that waited with it are heard when their time has come."""
    line = Line(L16_8K, NO_STALLS, in_order=False)
    line.carry(frame(1, _l16(1)), frame(3, b"odd"), frame(4, _l16(4)))
    line.wait(150)
    line.carry(frame(7, b"odd"))
    line.wait(150)
    line.carry(frame(9, b"odd"))
    line.hang_up()
    assert line.heard == _said(1) + QUIET * 2 + _said(4)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 3}


def test_an_empty_payload_is_silence() -> None:
    line = Line()
    line.carry(*[frame(n, b"" if n == 5 else None) for n in range(1, 11)])
    line.hang_up()
    assert line.heard == speech(range(1, 5)) + QUIET + speech(range(6, 11))


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "out of order"])
@pytest.mark.parametrize("numbers", [(11, 11), (11, 12)], ids=["the same number", "another number"])
def test_empty_payloads_in_a_row_end_nothing(numbers: tuple[int, int], in_order: bool) -> None:
    """Messages without audio, each where the next frame was due, and the call goes on."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 11)))
    line.carry(*[msgspec.structs.replace(frame(11, b""), chunk=number) for number in numbers])
    line.carry(*[frame(number, chunk=number + numbers[-1] - 10) for number in range(11, 21)])
    line.hang_up()
    assert line.heard == speech(range(1, 21))


def test_what_we_played_is_not_what_the_caller_said() -> None:
    """Frames of the other track are counted and dropped."""
    line = Line()
    line.carry(frame(1), frame(2, track="outbound"), frame(2))
    line.hang_up()
    assert line.heard == speech([1, 2])
    assert line.counts.dropped == {(Direction.IN, DropReason.OTHER_TRACK): 1}


def test_what_we_played_does_not_count_as_jitter() -> None:
    """It comes when we sent it."""
    jitter = Jitter()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), CallCounts(), in_order=True, jitter=jitter)
    for number in range(1, 11):
        now_ms = 1_000 + number * FRAME_MS
        uplink.feed([frame(number)], now_ms)
        uplink.feed([frame(number, track="outbound")], now_ms + 13)
    assert jitter.take_highest_ms() == 0


def test_alaw_becomes_ulaw() -> None:
    """Code by code, as ITU-T G.711's table 4 has it: a European caller at Telnyx."""
    line = Line(PCMA_8K)
    said = bytes(range(160))
    line.carry(frame(1, said))
    line.hang_up()
    assert line.heard == audioop.lin2ulaw(audioop.alaw2lin(said, 2), 2)


def test_a_packet_that_is_none_leaves_a_gap() -> None:
    """A packet of Opus that is no Opus is counted; the next one finds the gap by its number."""
    line = Line(AudioFormat(Encoding.OPUS, 48000), in_order=False)
    silent_20_ms = b"\xf8\xff\xfe"
    line.carry(MediaBody(silent_20_ms, 1), MediaBody(b"\xff\xff", 2), MediaBody(silent_20_ms, 3))
    assert line.counts.dropped == {(Direction.IN, MessageFault.NOT_A_MESSAGE): 1}
    assert line.counts.gap_frames == 1


@pytest.mark.parametrize(("packet", "ms"), [(b"\xf0\xff\xfe", 10), (b"\xf9\xff\xfe\xff\xfe", 40), (b"\x18", 60)])
@pytest.mark.parametrize("units_per_ms", [8, 48])
def test_packets_last_for_as_long_as_they_say(packet: bytes, ms: int, units_per_ms: int) -> None:
    """Opus of any length: a lost packet is as much silence, and frames that come in time do not jitter."""
    counts, jitter = CallCounts(), Jitter()
    uplink = Uplink(AudioFormat(Encoding.OPUS, 48_000), NO_STALLS, counts, in_order=True, jitter=jitter)
    chunks: list[Chunk] = []
    for number in (*range(1, 30), *range(31, 41)):
        body = MediaBody(packet, number, number * ms * units_per_ms)
        chunks += uplink.feed([body], now_ms=number * ms)
    chunks += uplink.flush(now_ms=40 * ms)
    assert sum(chunk.duration_ms for chunk in chunks) == 40 * ms
    assert counts.concealed_ms == ms
    assert jitter.ms == 0
    assert counts.odd_frames == 39


def test_audio_that_cannot_be_decoded_is_refused_at_the_start() -> None:
    with pytest.raises(UnsupportedFormatError):
        Uplink(AudioFormat(Encoding.AMR_WB, 16000), UplinkPolicy(), CallCounts(), in_order=False)


def test_what_came_is_counted() -> None:
    """Frames and bytes as the carrier sent them, those that are dropped too."""
    line = Line(PCMU_8K, in_order=False)
    line.carry(*frames([1, 2, 2]))
    assert (line.counts.frames_in, line.counts.bytes_in, line.counts.duplicates) == (3, 480, 1)


def test_chunks_are_dated_by_when_they_were_spoken() -> None:
    """Frame 1 is complete at 1020: its first sample was spoken at 1000."""
    line = Line()
    line.carry(*frames(range(1, 11)))
    assert [chunk.at_ms for chunk in line.chunks] == [1_000, 1_100]


@pytest.mark.parametrize(
    ("source", "frame_bytes"),
    [
        (AudioFormat(Encoding.L16, 16_000), 640),
        (AudioFormat(Encoding.L16, 24_000), 960),
        (AudioFormat(Encoding.G722), 160),
    ],
    ids=["l16-16k", "l16-24k", "g722"],
)
def test_a_wideband_chunk_goes_with_its_fifth_frame(source: AudioFormat, frame_bytes: int) -> None:
    """The resampler is late, but keeps no frame waiting for the next."""
    line = Line(source)
    for count in range(1, 11):
        line.carry(frame(count, bytes(frame_bytes)))
        assert len(line.chunks) == count // 5


def test_the_size_of_chunks_is_the_operators() -> None:
    line = Line(policy=UplinkPolicy(chunk_ms=200))
    line.carry(*frames(range(1, 21)))
    assert [chunk.duration_ms for chunk in line.chunks] == [200, 200]


def test_a_pause_of_the_whole_machine_is_not_all_said_afterwards() -> None:
    """A process that was stopped for an hour sends some silence, not an hour of it."""
    line = Line()
    line.carry(*frames(range(1, 6)))
    line.chunks += line.uplink.tick(line.now_ms + 3_600_000)
    assert len(line.heard) == (100 + 5_000) * 8
    assert line.uplink.next_deadline_ms() == line.now_ms + 3_600_000 + 100


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(1, 7)), min_size=1, max_size=60),
    st.booleans(),
    st.sampled_from([(PCMU_8K, spoken), (L16_8K, _l16), (AudioFormat(Encoding.OPUS, 48_000), lambda _number: b"\xf8")]),
)
def test_frames_that_are_read_at_once_are_heard_as_if_singly(
    steps: list[tuple[int, int]], in_order: bool, sound: tuple[AudioFormat, Callable[[int], bytes]]
) -> None:
    """Whatever is lost, doubled or shuffled among them: the same chunks, the same counts."""
    source, say = sound
    at_once, singly = Line(source, in_order=in_order), Line(source, in_order=in_order)
    number = 1
    for leap, together in steps:
        # Mostly the next frames; now and then some are missing, or some come again.
        number = max(1, number + {0: -1, 1: -2, 2: 2}.get(leap, 0))
        bodies = [frame(each, say(each)) for each in range(number, number + together)]
        number += together
        for line in (at_once, singly):
            line.wait(together * FRAME_MS)
        at_once.chunks += at_once.uplink.feed(bodies, at_once.now_ms)
        for body in bodies:
            singly.chunks += singly.uplink.feed([body], singly.now_ms)
    for line in (at_once, singly):
        line.hang_up()
    assert at_once.chunks == singly.chunks
    assert at_once.counts == singly.counts


def test_it_is_known_what_completes_a_chunk() -> None:
    """While frames follow each other; where one is missing nobody can say."""
    line = Line()
    line.carry(*frames([1, 2, 3]))
    line.carry(frame(4))
    assert line.uplink.missing_frames == 1
    line.carry(*frames([5, 6]))
    assert line.uplink.missing_frames == 4
    line.carry(frame(8))
    assert line.uplink.missing_frames == 0


def test_frames_that_lay_there_do_not_hide_a_stall() -> None:
    """Two frames were not worth waking for; the carrier has been quiet since, and not since they were read."""
    line = Line()
    line.carry(*frames(range(1, 11)))
    quiet_since_ms = line.now_ms + 2 * FRAME_MS
    line.now_ms += 190
    line.chunks += line.uplink.feed(frames([11, 12]), line.now_ms, came_before=True)
    assert line.uplink.next_deadline_ms() == quiet_since_ms + 200


@pytest.mark.parametrize("at_once", [1, 5])
def test_frames_of_an_odd_length_are_counted(at_once: int) -> None:
    """However many of them are read at once."""
    counts = CallCounts()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), counts, in_order=True)
    bodies = [MediaBody(bytes(240), chunk=n, timestamp=n * 30) for n in range(1, 11)]
    for now_ms, first in enumerate(range(0, 10, at_once)):
        uplink.feed(bodies[first : first + at_once], 1_000 + now_ms * 30 * at_once)
    assert counts.odd_frames == counts.frames_in == 10


@pytest.mark.parametrize("in_order", [True, False])
def test_nothing_is_made_up_before_the_first_frame(in_order: bool) -> None:
    """A look may come before the caller does."""
    counts = CallCounts()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), counts, in_order=in_order)
    assert not uplink.tick(60_000)
    assert counts.stalls == 0
