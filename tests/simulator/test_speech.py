import array
import io
import sys
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.errors import ConfigError
from gateway.simulator.speech import Decoder, bytes_per_ms, encode, load, prepare, resample, sampled_rate_hz, wav
from tests.simulator.sounds import frequency_of, tone

PCMU = AudioFormat(Encoding.PCMU)
PCMA = AudioFormat(Encoding.PCMA)
G722 = AudioFormat(Encoding.G722)
L16 = AudioFormat(Encoding.L16, 16000)
L16_LITTLE = AudioFormat(Encoding.L16, 8000, ByteOrder.LITTLE)


@pytest.mark.parametrize(
    ("audio", "frame_bytes"), [(PCMU, 160), (PCMA, 160), (G722, 160), (L16, 640), (L16_LITTLE, 320)], ids=str
)
def test_a_track_is_made_of_twenty_millisecond_frames(audio: AudioFormat, frame_bytes: int) -> None:
    """Speech that is no multiple of 20 ms is filled up; the silence after it is silent."""
    linear = tone(110, sampled_rate_hz(audio))
    track = prepare(linear, audio)
    assert {len(frame) for frame in track.frames} == {frame_bytes}
    decoder = Decoder(audio)
    heard = [array.array("h", decoder.decode(frame)) for frame in (*track.frames, *[track.silence] * 10)]
    assert max(map(max, heard[:6])) == pytest.approx(8000, rel=0.1)
    assert len(track.frames) == 6 + 10
    assert max(max(map(abs, frame)) for frame in heard[10:]) < 100


@pytest.mark.parametrize("audio", [PCMU, PCMA, G722, L16, L16_LITTLE], ids=str)
def test_what_is_encoded_is_heard(audio: AudioFormat) -> None:
    """A tone is the same tone on the other side."""
    rate_hz = sampled_rate_hz(audio)
    heard = Decoder(audio).decode(encode(tone(1000, rate_hz), audio))
    assert frequency_of(heard, rate_hz) == pytest.approx(440, abs=6)


def test_known_codes_of_g711() -> None:
    """Digital silence is FF in μ-law and D5 in A-law (ITU-T G.711)."""
    assert encode(bytes(4), PCMU) == b"\xff\xff"
    assert encode(bytes(4), PCMA) == b"\xd5\xd5"


@given(st.lists(st.integers(-32768, 32767), max_size=100))
def test_l16_keeps_every_sample(samples: list[int]) -> None:
    """L16 is lossless in either byte order, and big-endian is what RFC 3551 says."""
    linear = array.array("h", samples).tobytes()
    for audio in (L16, L16_LITTLE):
        assert Decoder(audio).decode(encode(linear, audio)) == linear
    assert encode(linear, L16) == b"".join(sample.to_bytes(2, "big", signed=True) for sample in samples)


@pytest.mark.parametrize("encoding", [Encoding.OPUS, Encoding.AMR_WB])
def test_refuses_codecs_it_does_not_speak(encoding: Encoding) -> None:
    """The message names the codec."""
    audio = AudioFormat(encoding, 16000)
    for use in (bytes_per_ms, Decoder, lambda audio: encode(b"", audio)):
        with pytest.raises(ConfigError, match=str(encoding)):
            use(audio)


def test_loads_a_wav_of_any_shape(tmp_path: Path) -> None:
    """Stereo at 44.1 kHz, eight bits wide: the caller says it in mono at the leg's rate."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(1)
        writer.setframerate(44100)
        mono = array.array("h", tone(500, 44100))
        writer.writeframes(bytes(level for sample in mono for level in (128 + sample // 256,) * 2))
    path = tmp_path / "speech.wav"
    path.write_bytes(file.getvalue())
    for sound in (path, file.getvalue()):
        linear = load(sound, 8000)
        assert len(linear) // 2 == pytest.approx(4000, abs=20)
        assert frequency_of(linear, 8000) == pytest.approx(440, abs=5)


def test_a_wav_of_the_right_shape_is_taken_as_it_is() -> None:
    """Eight kilohertz in, the very same samples out."""
    linear = tone(100)
    assert sys.byteorder == "big" or load(wav(linear, 8000), 8000) == linear


@pytest.mark.parametrize(
    "sound", [b"RIFF", b"nonsense" * 100, Path("no/such/file.wav")], ids=["cut", "noise", "missing"]
)
def test_refuses_what_is_no_sound(sound: bytes | Path) -> None:
    """The message says what could not be read."""
    with pytest.raises(ConfigError, match="is not a sound file"):
        load(sound, 8000)


def test_resampling_keeps_length_and_pitch() -> None:
    """Half the rate, the same half second."""
    half = resample(tone(500, 16000), 16000, 8000)
    assert len(half) == 8000
    assert frequency_of(half, 8000) == pytest.approx(440, abs=3)
    assert resample(half, 8000, 8000) == half
    assert resample(b"", 16000, 8000) == b""
