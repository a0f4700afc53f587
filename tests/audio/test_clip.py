import io
import wave
from pathlib import Path

import pytest

from gateway.audio.clip import load_clip
from gateway.errors import ConfigError


def a_wav(path: Path, *, rate_hz: int, channels: int, frames: int, sample: bytes = b"\x00\x10") -> Path:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(len(sample))
        file.setframerate(rate_hz)
        file.writeframes(sample * channels * frames)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (16000, 1), (44100, 2)])
def test_any_wav_becomes_mu_law(tmp_path: Path, rate_hz: int, channels: int) -> None:
    """A second of it is 8,000 bytes, whatever it was recorded with."""
    clip = load_clip(
        a_wav(tmp_path / "hold.wav", rate_hz=rate_hz, channels=channels, frames=rate_hz), "media.hold_clip"
    )
    assert abs(len(clip) - 8_000) <= 80


@pytest.mark.parametrize(
    "content",
    [pytest.param(b"no wav at all", id="rubbish"), pytest.param(b"", id="empty"), pytest.param(None, id="absent")],
)
def test_another_file_is_named_by_its_setting(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "hold.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"media\.hold_clip: .*hold\.wav"):
        load_clip(path, "media.hold_clip")


def test_a_wav_without_audio_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no audio"):
        load_clip(a_wav(tmp_path / "hold.wav", rate_hz=8000, channels=1, frames=0), "media.hold_clip")


def test_eight_bits_are_unsigned(tmp_path: Path) -> None:
    """Their silence is 128, and callers hear silence."""
    clip = load_clip(
        a_wav(tmp_path / "hold.wav", rate_hz=8000, channels=1, frames=80, sample=b"\x80"), "media.hold_clip"
    )
    assert set(clip) == {0xFF}


@pytest.mark.parametrize(("rate_hz", "channels"), [(1, 1), (8000, 6)])
def test_what_cannot_be_played_is_refused(tmp_path: Path, rate_hz: int, channels: int) -> None:
    with pytest.raises(ConfigError, match=f"not {channels} of {rate_hz} Hz"):
        load_clip(a_wav(tmp_path / "hold.wav", rate_hz=rate_hz, channels=channels, frames=8), "media.hold_clip")


def test_a_chunk_that_ends_beyond_the_file_is_named(tmp_path: Path) -> None:
    """A download that was cut off."""
    path = a_wav(tmp_path / "hold.wav", rate_hz=8000, channels=1, frames=8)
    path.write_bytes(path.read_bytes().replace(b"fmt ", b"\x00fmt "))
    with pytest.raises(ConfigError, match=r"media\.hold_clip"):
        load_clip(path, "media.hold_clip")


def test_what_is_no_path_is_named() -> None:
    with pytest.raises(ConfigError, match=r"media\.hold_clip"):
        load_clip(Path("hold\x00.wav"), "media.hold_clip")
