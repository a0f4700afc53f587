"""G.711 is checked against tables made here from ITU-T G.711 (11/88) tables 1 and 2, not by another codec."""

from array import array
from bisect import bisect_right
from contextlib import suppress
from itertools import accumulate

import pytest
from av import AudioCodecContext, AudioFrame, CodecContext
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio.codecs import L16_RATES_HZ, decoder_for, encoder_for
from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.audio.linear import FrameWriter
from gateway.errors import MessageError, MessageFault, UnsupportedFormatError
from tests.audio.tones import amplitude, decibels, pieces, samples, snr_db, tone

PCMA_8K = AudioFormat(Encoding.PCMA)
G722 = AudioFormat(Encoding.G722)
OPUS = AudioFormat(Encoding.OPUS, 16000)
L16_BIG = AudioFormat(Encoding.L16, 16000, ByteOrder.BIG)
L16_LITTLE = AudioFormat(Encoding.L16, 16000, ByteOrder.LITTLE)

EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = range(-32768, 32768)
ROUND_TRIPS = [
    pytest.param(PCMU_8K, id="pcmu"),
    pytest.param(PCMA_8K, id="pcma"),
    pytest.param(L16_BIG, id="l16-big"),
    pytest.param(L16_LITTLE, id="l16-little"),
]


def intervals(steps: list[int], count: int) -> list[int]:
    """The thresholds that end so many intervals of each of these steps, after 0."""
    return list(accumulate(step for step in steps for _ in range(count)))


ULAW_THRESHOLDS = [0, 1, *(1 + end for end in intervals([2], 15))]
ULAW_THRESHOLDS += [ULAW_THRESHOLDS[-1] + end for end in intervals([4, 8, 16, 32, 64, 128, 256], 16)]
"""G.711 table 2a, column 5, and its virtual end: 0, 1, 3, … 31, 35, … 8159, in units of 14-bit samples."""

ALAW_THRESHOLDS = [0, *intervals([2, 2, 4, 8, 16, 32, 64, 128], 16)]
"""G.711 table 1a, column 5, and its virtual end: 0, 2, 4, … 64, 68, … 4096, in units of 13-bit samples."""


def ulaw_value(code: int) -> int:
    """The 16-bit sample for a code: the middle of its interval, 0 for the first (table 2, column 7)."""
    index = ~code & 0x7F
    value = 0 if index == 0 else (ULAW_THRESHOLDS[index] + ULAW_THRESHOLDS[index + 1]) // 2
    return 4 * (value if code & 0x80 else -value)


def alaw_value(code: int) -> int:
    """The 16-bit sample for a code: the middle of its interval (table 1, column 7), even bits inverted."""
    index = (code ^ 0x55) & 0x7F
    value = (ALAW_THRESHOLDS[index] + ALAW_THRESHOLDS[index + 1]) // 2
    return 8 * (value if code & 0x80 else -value)


def ulaw_code(sample: int) -> int:
    """The code of the interval that the upper 14 bits of a 16-bit sample fall into."""
    cut = sample >> 2
    index = min(bisect_right(ULAW_THRESHOLDS, abs(cut)) - 1, 127)
    return ~index & 0x7F | (0x80 if cut >= 0 else 0)


def alaw_code(sample: int) -> int:
    """The code of the interval that the upper 13 bits of a 16-bit sample fall into."""
    cut = sample >> 3
    index = min(bisect_right(ALAW_THRESHOLDS, cut if cut >= 0 else -cut - 1) - 1, 127)
    return (index | (0x80 if cut >= 0 else 0)) ^ 0x55


def test_the_g711_tables_here_end_where_the_recommendation_s_do() -> None:
    """The formulas above meet the values that G.711 prints: 8159 and 8031 for μ-law, 4096 and 4032 for A-law."""
    assert (len(ULAW_THRESHOLDS), ULAW_THRESHOLDS[-1], ulaw_value(0x80)) == (129, 8159, 4 * 8031)
    assert (len(ALAW_THRESHOLDS), ALAW_THRESHOLDS[-1], alaw_value(0xAA)) == (129, 4096, 8 * 4032)


def test_every_ulaw_code_is_the_sample_that_g711_says() -> None:
    """All 256 codes of the encoding that most calls use."""
    assert list(samples(decoder_for(PCMU_8K).decode(EVERY_CODE))) == [ulaw_value(code) for code in EVERY_CODE]


def test_every_alaw_code_is_the_sample_that_g711_says() -> None:
    """All 256 codes of the encoding that Europe uses."""
    assert list(samples(decoder_for(PCMA_8K).decode(EVERY_CODE))) == [alaw_value(code) for code in EVERY_CODE]


def test_every_sample_has_the_ulaw_code_that_g711_says() -> None:
    """All 65,536 samples, by their upper 14 bits."""
    linear = array("h", EVERY_SAMPLE).tobytes()

    assert encoder_for(PCMU_8K).encode(linear) == bytes(map(ulaw_code, EVERY_SAMPLE))


def test_every_sample_has_the_alaw_code_that_g711_says() -> None:
    """All 65,536 samples, by their upper 13 bits."""
    linear = array("h", EVERY_SAMPLE).tobytes()

    assert encoder_for(PCMA_8K).encode(linear) == bytes(map(alaw_code, EVERY_SAMPLE))


def test_big_endian_l16_is_turned_round() -> None:
    """RFC 3551's order: the upper byte comes first."""
    payload = b"\x01\x02\xff\xfe"

    assert list(samples(decoder_for(L16_BIG).decode(payload))) == [0x0102, -2]


def test_little_endian_l16_is_taken_as_it_is() -> None:
    """What some carriers send instead."""
    payload = b"\x01\x02\xff\xfe"

    assert list(samples(decoder_for(L16_LITTLE).decode(payload))) == [0x0201, -257]


@pytest.mark.parametrize("byte_order", ByteOrder)
def test_half_a_sample_is_refused_and_harms_nothing(byte_order: ByteOrder) -> None:
    """One truncated frame costs itself, not the call."""
    decoder = decoder_for(AudioFormat(Encoding.L16, 8000, byte_order))

    with pytest.raises(MessageError, match="321 bytes") as caught:
        decoder.decode(bytes(321))

    assert caught.value.fault is MessageFault.ODD_LENGTH
    assert decoder.decode(bytes(320)) == bytes(320)


@pytest.mark.parametrize("fmt", ROUND_TRIPS)
@given(payload=st.binary(max_size=400).filter(lambda payload: len(payload) % 2 == 0))
def test_a_payload_survives_decoding_and_encoding(fmt: AudioFormat, payload: bytes) -> None:
    """Only μ-law's second zero, 0x7F, becomes the first, 0xFF: no ear and no meter can tell them apart."""
    encoder = encoder_for(fmt)

    again = encoder.encode(decoder_for(fmt).decode(payload)) + encoder.flush()

    assert again == (payload.replace(b"\x7f", b"\xff") if fmt is PCMU_8K else payload)


@pytest.mark.parametrize("rate_hz", sorted(L16_RATES_HZ))
def test_l16_keeps_the_rate_it_was_declared_with(rate_hz: int) -> None:
    """Audio read at another rate would be heard too slow or too fast."""
    fmt = AudioFormat(Encoding.L16, rate_hz)

    assert decoder_for(fmt).rate_hz == encoder_for(fmt).rate_hz == rate_hz


@pytest.mark.parametrize(("hz", "least_snr_db"), [(300, 30), (1000, 30), (3000, 30), (5000, 18), (6500, 18)])
def test_a_tone_comes_back_out_of_g722(hz: int, least_snr_db: int) -> None:
    """Wideband speech keeps its level, 22 samples late; the band above 4 kHz has 2 of the 8 bits, so more noise."""
    said = tone(hz, 16000, 500)
    encoder, decoder = encoder_for(G722), decoder_for(G722)

    payload = encoder.encode(said) + encoder.flush()
    heard = decoder.decode(payload)

    assert len(payload) == 4000
    assert encoder.rate_hz == decoder.rate_hz == 16000
    assert snr_db(said, heard, late_samples=22) > least_snr_db
    assert abs(decibels(amplitude(heard, hz, 16000) / 10_000)) < 0.5


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=5))
def test_g722_is_the_same_however_its_samples_are_cut(lengths: list[int]) -> None:
    """A carrier's 20 ms and Kallglot's bursts sound alike."""
    said = tone(700, 16000, 100)
    at_once, by_pieces = encoder_for(G722), encoder_for(G722)

    payload = b"".join(by_pieces.encode(piece) for piece in pieces(said, lengths, whole=2)) + by_pieces.flush()

    assert payload == at_once.encode(said)


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_g722_is_the_same_however_its_payload_is_cut(lengths: list[int]) -> None:
    """Frames may have any length, an odd one too; an empty one has no sound."""
    payload = encoder_for(G722).encode(tone(700, 16000, 100))
    at_once, by_pieces = decoder_for(G722), decoder_for(G722)

    heard = b"".join(by_pieces.decode(piece) + by_pieces.decode(b"") for piece in pieces(payload, lengths))

    assert heard == at_once.decode(payload)


def test_g722_holds_back_less_than_five_milliseconds() -> None:
    """What the encoder keeps for the next call is delay in the caller's ear."""
    encoder = encoder_for(G722)

    assert encoder.encode(bytes(2 * 79)) == b""
    assert len(encoder.encode(bytes(2))) == 40
    assert len(encoder.encode(bytes(2 * 319))) == 120
    assert len(encoder.flush()) == 40
    assert encoder.flush() == b""


def test_g722_goes_on_after_a_flush() -> None:
    """The next utterance is heard as well as the last."""
    encoder, decoder = encoder_for(G722), decoder_for(G722)
    said = tone(1000, 16000, 200)

    decoder.decode(encoder.encode(said) + encoder.flush())
    heard = decoder.decode(encoder.encode(said) + encoder.flush())

    assert snr_db(said, heard, late_samples=22) > 30


def opus_packets(linear: bytes, rate_hz: int) -> list[bytes]:
    """20 ms packets as a carrier would send them."""
    codec: AudioCodecContext = CodecContext.create("libopus", "w")
    codec.sample_rate, codec.format, codec.layout, codec.bit_rate = rate_hz, "s16", "mono", 32_000
    size, writer = rate_hz // 50 * 2, FrameWriter(rate_hz)
    pieces = (linear[start : start + size] for start in range(0, len(linear), size))
    return [bytes(packet) for piece in pieces for packet in codec.encode(writer.holding(piece))]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 48000])
def test_opus_is_heard_at_48_khz_whatever_was_said(rate_hz: int) -> None:
    """The rate a carrier declares for Opus says what it was given, not what comes out."""
    decoder = decoder_for(AudioFormat(Encoding.OPUS, rate_hz))

    heard = b"".join(map(decoder.decode, opus_packets(tone(1000, rate_hz, 500), rate_hz)))

    assert decoder.rate_hz == 48000
    assert len(heard) == 48000
    assert abs(decibels(amplitude(heard[9600:], 1000, 48000) / 10_000)) < 1


def test_stereo_opus_is_heard_as_one_channel() -> None:
    """A packet says itself whether it is stereo, whatever was declared; what both sides say is as loud as it was."""
    codec: AudioCodecContext = CodecContext.create("libopus", "w")
    codec.sample_rate, codec.format, codec.layout = 48000, "s16", "stereo"
    mono = tone(1000, 48000, 500)
    both = b"".join(mono[start : start + 2] * 2 for start in range(0, len(mono), 2))
    packets = []
    for start in range(0, len(both), 3840):
        frame = AudioFrame("s16", "stereo", 960)
        frame.sample_rate = 48000
        memoryview(frame.planes[0])[:3840] = both[start : start + 3840]
        packets += [bytes(packet) for packet in codec.encode(frame)]

    heard = b"".join(map(decoder_for(OPUS).decode, packets))

    assert packets[0][0] & 0b100, "stereo (RFC 6716, section 3.1)"
    assert len(heard) == 48000
    assert abs(decibels(amplitude(heard[9600:], 1000, 48000) / 10_000)) < 1


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\xff", id="two frames in no bytes"),
        pytest.param(b"\x03", id="no count of frames"),
        pytest.param(b"\x03\x00", id="no frames"),
        pytest.param(bytes(2000), id="a frame beyond 1275 bytes"),
    ],
)
def test_what_is_no_opus_packet_is_refused_and_harms_nothing(payload: bytes) -> None:
    """One broken packet costs itself, not the call (RFC 6716 §3.4 lists what a packet cannot be)."""
    decoder = decoder_for(OPUS)
    packet = opus_packets(tone(1000, 16000, 20), 16000)[0]

    with pytest.raises(MessageError, match=f"{len(payload)} bytes") as caught:
        decoder.decode(payload)

    assert caught.value.fault is MessageFault.NOT_A_MESSAGE
    assert len(decoder.decode(packet)) == 1920


@settings(deadline=None)
@given(payload=st.binary(max_size=200))
def test_no_payload_can_break_an_opus_decoder(payload: bytes) -> None:
    """Whatever comes, it is sound or a `MessageError`, and the next packet is heard."""
    decoder = decoder_for(OPUS)

    with suppress(MessageError):
        decoder.decode(payload)

    assert len(decoder.decode(opus_packets(bytes(640), 16000)[0])) == 1920


def test_an_empty_opus_packet_is_silence_of_no_length() -> None:
    """Some senders mark a pause so; FFmpeg would take it for the end of the stream."""
    decoder = decoder_for(OPUS)

    assert decoder.decode(b"") == b""
    assert decoder.decode(opus_packets(bytes(640), 16000)[0])


@pytest.mark.parametrize(
    "fmt",
    [
        pytest.param(AudioFormat(Encoding.PCMU, 16000), id="wide μ-law"),
        pytest.param(AudioFormat(Encoding.PCMA, 16000), id="wide A-law"),
        pytest.param(AudioFormat(Encoding.L16, 11025), id="L16 at a rate no carrier offers"),
        pytest.param(AudioFormat(Encoding.G722, 48000), id="G.722 at 48 kHz"),
        pytest.param(AudioFormat(Encoding.AMR_WB, 16000), id="AMR-WB"),
    ],
)
def test_a_format_without_a_codec_is_refused_by_name(fmt: AudioFormat) -> None:
    """The operator reads which format it was; nobody hears noise."""
    with pytest.raises(UnsupportedFormatError, match=f"decode {fmt.encoding} at {fmt.rate_hz} Hz"):
        decoder_for(fmt)
    with pytest.raises(UnsupportedFormatError, match=f"encode {fmt.encoding} at {fmt.rate_hz} Hz"):
        encoder_for(fmt)


def test_opus_is_not_written() -> None:
    """A carrier that expects Opus is asked for another codec instead."""
    with pytest.raises(UnsupportedFormatError, match="encode OPUS at 16000 Hz"):
        encoder_for(OPUS)
