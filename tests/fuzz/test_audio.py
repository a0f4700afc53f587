"""Audio from outside: hold clips, payloads in every codec, and what resamplers are fed."""

import io
import struct
import tempfile
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.clip import load_clip
from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.audio.resample import Resampler
from gateway.audio.speech import SpeechDetector
from gateway.audio.transcode import Transcoder, silence
from gateway.errors import ConfigError, MessageError, UnsupportedFormatError
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import mangled

FORMATS = [
    *(AudioFormat(encoding) for encoding in Encoding),
    *(AudioFormat(Encoding.L16, rate_hz, order) for rate_hz in (8000, 22050, 24000) for order in ByteOrder),
    AudioFormat(Encoding.L16, 44100),
    AudioFormat(Encoding.OPUS, 48000),
]
TARGETS = [fmt for fmt in FORMATS if fmt.bytes_per_second is not None]


def _wav(width: int, channels: int, rate_hz: int, frames: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setsampwidth(width)
        file.setnchannels(channels)
        file.setframerate(rate_hz)
        file.writeframes(bytes(range(256)) * (width * channels * frames // 256 + 1))
    return buffer.getvalue()


WAVS = [_wav(2, 1, 8000, 400), _wav(1, 1, 8000, 400), _wav(3, 2, 44100, 500), _wav(4, 6, 48000, 100), _wav(2, 2, 1, 40)]


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """A WAV file whose header says what no file should."""
    channels, rate, width = (draw(st.sampled_from([0, 1, 2, 3, 7, 8, 16, 24, 1000, 65535])) for _ in range(3))
    rate_hz = draw(st.sampled_from([0, 1, rate, 8000, 192_000, 2**31 - 1, 2**31, 2**32 - 1]))
    data = draw(st.binary(max_size=400))
    size = draw(st.one_of(st.just(len(data)), st.sampled_from([0, 1, 2**31, 2**32 - 1])))
    kind = draw(st.sampled_from([1, 1, 1, 3, 7, 0xFFFE]))
    chunk = struct.pack("<HHIIHH", kind, channels, rate_hz, 0, draw(st.sampled_from([0, 1, 2, 4])), width)
    body = b"WAVEfmt " + struct.pack("<I", len(chunk)) + chunk + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", draw(st.sampled_from([len(body), 0, 2**32 - 1]))) + body


@fuzz(66)
@given(st.one_of(mangled(WAVS), headers(), st.binary(max_size=50), st.sampled_from(WAVS)))
def test_a_hold_clip_is_audio_or_a_problem(content: bytes) -> None:
    """Whatever file an operator names."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(content)
        file.flush()
        try:
            clip = load_clip(Path(file.name), "media.hold_clip")
        except ConfigError as exc:
            assert "media.hold_clip" in str(exc)
        else:
            assert clip


def _noise(size: int) -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=size),
        st.sampled_from([b"", b"\x00", b"\xff" * 160, b"\x7f\x80\x00", bytes(960), b"\xfc" + bytes(40), bytes(5_001)]),
    )


@pytest.mark.parametrize("source", FORMATS, ids=lambda fmt: f"{fmt.encoding}-{fmt.rate_hz}-{fmt.byte_order}")
def test_a_payload_is_audio_or_a_message_error(source: AudioFormat) -> None:
    """Odd lengths and noise cost one payload; the stream goes on, in whole samples, and ends."""

    @fuzz(6)
    @given(st.sampled_from(TARGETS), st.lists(_noise(330), max_size=6))
    def check(target: AudioFormat, payloads: list[bytes]) -> None:
        try:
            way = Transcoder(source, target)
            quiet = silence(source, 20)
        except UnsupportedFormatError:
            return
        for payload in [*payloads, quiet]:
            try:
                audio = way.feed(payload)
            except MessageError:
                assert payload is not quiet
                continue
            if target.encoding is Encoding.L16 and source != target:
                assert len(audio) % 2 == 0
            assert len(audio) <= 50 * len(payload) + 40_000
        way.flush()
        way.feed(quiet)

    check()


def test_an_opus_stream_outlives_noise() -> None:
    """A caller is heard again after packets that are none."""

    @fuzz(22)
    @given(st.lists(_noise(120), max_size=8))
    def check(payloads: list[bytes]) -> None:
        way = Transcoder(AudioFormat(Encoding.OPUS, 48000), AudioFormat(Encoding.PCMU))
        for payload in payloads:
            try:
                way.feed(payload)
            except MessageError:
                continue
        # Silence, 20 ms, of the lowest rate (RFC 6716 §3.1).
        assert sum(len(way.feed(b"\x08")) for _ in range(5)) > 500

    check()


@fuzz(33)
@given(
    st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]),
    st.sampled_from([8000, 16000, 48000]),
    st.lists(st.integers(0, 700), max_size=8),
)
def test_a_resampler_keeps_time(from_hz: int, to_hz: int, sizes: list[int]) -> None:
    """However the audio is cut, as much comes out as went in."""
    resampler = Resampler(from_hz, to_hz)
    made = sum(len(resampler.feed(bytes(2 * size))) for size in sizes) + len(resampler.flush())
    assert made % 2 == 0
    assert abs(made / 2 / to_hz - sum(sizes) / from_hz) < 0.005


@fuzz(22)
@given(st.lists(st.tuples(_noise(200), st.integers(-(10**6), 10**6)), max_size=8))
def test_speech_is_looked_for_in_anything(said: list[tuple[bytes, int]]) -> None:
    """In pieces of any size, at any time."""
    detector = SpeechDetector()
    for ulaw, now_ms in said:
        detector.feed(ulaw, now_ms)
        detector.quiet_ms(now_ms)
