import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio.codecs import decoder_for, encoder_for
from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.audio.transcode import Transcoder, silence
from gateway.errors import MessageError, UnsupportedFormatError
from tests.audio.tones import amplitude, decibels, noise, pieces, samples, tone

PCMA_8K = AudioFormat(Encoding.PCMA)
G722 = AudioFormat(Encoding.G722)
AMR_WB = AudioFormat(Encoding.AMR_WB, 16000)
L16_8K = AudioFormat(Encoding.L16, 8000)
L16_8K_LITTLE = AudioFormat(Encoding.L16, 8000, ByteOrder.LITTLE)
L16_16K = AudioFormat(Encoding.L16, 16000)
L16_24K = AudioFormat(Encoding.L16, 24000)

FORMATS = [
    pytest.param(PCMU_8K, id="pcmu"),
    pytest.param(PCMA_8K, id="pcma"),
    pytest.param(L16_8K, id="l16-8k"),
    pytest.param(L16_8K_LITTLE, id="l16-8k-little"),
    pytest.param(L16_16K, id="l16-16k"),
    pytest.param(L16_24K, id="l16-24k"),
    pytest.param(G722, id="g722"),
]
EVERY_CODE = bytes(range(256))


def encoded(fmt: AudioFormat, hz: float, ms: int) -> bytes:
    encoder = encoder_for(fmt)
    return encoder.encode(tone(hz, encoder.rate_hz, ms)) + encoder.flush()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        pytest.param(PCMU_8K, PCMU_8K, id="μ-law"),
        pytest.param(PCMU_8K, AudioFormat(Encoding.PCMU, 8000, ByteOrder.LITTLE), id="μ-law has no byte order"),
        pytest.param(L16_24K, L16_24K, id="L16"),
        pytest.param(G722, AudioFormat(Encoding.G722, 16000), id="G.722 by both its rates"),
        pytest.param(AMR_WB, AMR_WB, id="a format without a codec"),
    ],
)
def test_the_same_format_passes_through_untouched(source: AudioFormat, target: AudioFormat) -> None:
    """Not even a copy is made, and nothing is ever left over."""
    payload = bytes(160)
    transcoder = Transcoder(source, target)

    assert transcoder.feed(payload) is payload
    assert transcoder.flush() == b""


@pytest.mark.parametrize(("source", "target"), [(PCMU_8K, PCMA_8K), (PCMA_8K, PCMU_8K)], ids=["u-to-a", "a-to-u"])
def test_the_laws_are_exchanged_as_if_by_linear_audio(source: AudioFormat, target: AudioFormat) -> None:
    """The shortcut for Europe's calls changes no code."""
    transcoder = Transcoder(source, target)

    assert transcoder.feed(EVERY_CODE) == encoder_for(target).encode(decoder_for(source).decode(EVERY_CODE))
    assert transcoder.flush() == b""


@given(linear=st.binary(max_size=400).filter(lambda linear: len(linear) % 2 == 0))
def test_l16_at_8_khz_becomes_ulaw_sample_by_sample(linear: bytes) -> None:
    """No resampler stands between them: each frame comes out whole and at once."""
    expected = encoder_for(PCMU_8K).encode(linear)

    assert Transcoder(L16_8K_LITTLE, PCMU_8K).feed(linear) == expected
    assert Transcoder(L16_8K, PCMU_8K).feed(Transcoder(L16_8K_LITTLE, L16_8K).feed(linear)) == expected


@given(payload=st.binary(max_size=400))
def test_ulaw_comes_back_from_l16(payload: bytes) -> None:
    """A carrier on L16 costs the caller nothing but μ-law's second zero."""
    there, back = Transcoder(PCMU_8K, L16_8K), Transcoder(L16_8K, PCMU_8K)

    assert back.feed(there.feed(payload)) == payload.replace(b"\x7f", b"\xff")


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_a_tone_is_the_same_tone_in_every_format(source: AudioFormat, target: AudioFormat) -> None:
    """Every codec we are given to every codec we give: as loud within 1 dB, and as long but for filters and blocks."""
    transcoder, decoder = Transcoder(source, target), decoder_for(target)
    assert source.bytes_per_second is not None

    frames = pieces(encoded(source, 1000, 400), [source.bytes_per_second // 50])
    payload = b"".join(map(transcoder.feed, frames)) + transcoder.flush()
    heard = decoder.decode(payload)

    assert 400 <= len(heard) / 2 * 1000 / decoder.rate_hz <= 405
    assert abs(decibels(amplitude(heard, 1000, decoder.rate_hz) / 10_000)) < 1


@pytest.mark.parametrize(
    ("source", "target"),
    [(L16_24K, PCMU_8K), (L16_16K, PCMA_8K), (PCMU_8K, L16_16K), (PCMU_8K, G722), (G722, PCMU_8K)],
    ids=["24k-pcmu", "16k-pcma", "pcmu-16k", "pcmu-g722", "g722-pcmu"],
)
@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_a_stream_in_pieces_is_the_stream_at_once(source: AudioFormat, target: AudioFormat, lengths: list[int]) -> None:
    """Codecs and resamplers carry on where the last piece ended."""
    encoder = encoder_for(source)
    stream = encoder.encode(noise(encoder.rate_hz, 100))
    at_once, by_pieces = Transcoder(source, target), Transcoder(source, target)
    whole = 2 if source.encoding is Encoding.L16 else 1

    heard = b"".join(map(by_pieces.feed, pieces(stream, lengths, whole=whole))) + by_pieces.flush()

    assert heard == at_once.feed(stream) + at_once.flush()


@pytest.mark.parametrize(
    ("source", "target"),
    [(L16_24K, PCMU_8K), (PCMU_8K, G722), (PCMU_8K, L16_16K), (PCMU_8K, PCMA_8K)],
    ids=["resampled", "resampled and blocked", "to L16", "by table"],
)
def test_the_next_utterance_is_heard_after_a_flush(source: AudioFormat, target: AudioFormat) -> None:
    """Each answer of an agent ends with a flush; there is another."""
    transcoder = Transcoder(source, target)
    said = encoded(source, 1000, 200)

    first = transcoder.feed(said) + transcoder.flush()
    second = transcoder.feed(said) + transcoder.flush()

    assert len(first) == len(second)
    heard = decoder_for(target)
    assert abs(decibels(amplitude(heard.decode(second), 1000, heard.rate_hz) / 10_000)) < 1


def test_a_broken_frame_is_refused_and_the_stream_goes_on() -> None:
    """One bad frame never ends a call."""
    transcoder = Transcoder(L16_8K, PCMU_8K)

    with pytest.raises(MessageError, match="odd_length"):
        transcoder.feed(bytes(3))

    assert transcoder.feed(bytes(4)) == b"\xff\xff"


@pytest.mark.parametrize(
    ("source", "target", "verb"),
    [
        pytest.param(AMR_WB, PCMU_8K, "decode AMR-WB", id="AMR-WB in"),
        pytest.param(PCMU_8K, AMR_WB, "encode AMR-WB", id="AMR-WB out"),
        pytest.param(PCMU_8K, AudioFormat(Encoding.OPUS), "encode OPUS", id="Opus out"),
        pytest.param(AudioFormat(Encoding.PCMU, 16000), PCMA_8K, "decode PCMU at 16000", id="wide μ-law"),
        pytest.param(PCMU_8K, AudioFormat(Encoding.PCMU, 16000), "encode PCMU at 16000", id="to wide μ-law"),
    ],
)
def test_a_way_that_does_not_exist_is_refused_at_once(source: AudioFormat, target: AudioFormat, verb: str) -> None:
    """A call that cannot be carried is known before its first frame."""
    with pytest.raises(UnsupportedFormatError, match=verb):
        Transcoder(source, target)


@pytest.mark.parametrize("ms", [0, 1, 20, 33, 1000])
@pytest.mark.parametrize("fmt", FORMATS)
def test_silence_is_as_long_as_asked_for_and_cannot_be_heard(fmt: AudioFormat, ms: int) -> None:
    """A gap is filled with exactly what is missing."""
    assert fmt.bytes_per_second is not None

    payload = silence(fmt, ms)

    assert len(payload) == fmt.bytes_per_second * ms // 1000
    assert max(map(abs, samples(decoder_for(fmt).decode(payload))), default=0) <= 8


def test_silence_on_the_telephone_is_what_a_quiet_line_sends() -> None:
    """Byte for byte, so that a test of a gap can name it."""
    assert silence(PCMU_8K, 1) == b"\xff" * 8
    assert silence(PCMA_8K, 1) == b"\xd5" * 8
    assert silence(L16_8K, 1) == bytes(16)


@pytest.mark.parametrize("fmt", [AMR_WB, AudioFormat(Encoding.OPUS)], ids=["amr-wb", "opus"])
def test_there_is_no_silence_where_frames_vary(fmt: AudioFormat) -> None:
    """Nobody is handed bytes that such a decoder would take for noise."""
    with pytest.raises(UnsupportedFormatError, match=fmt.encoding):
        silence(fmt, 20)
