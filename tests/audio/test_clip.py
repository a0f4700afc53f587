import io
import wave
from pathlib import Path

import pytest

from gateway.audio.clip import load_clip
from gateway.errors import ConfigError


def a_wav(path: Path, *, rate_hz: int, channels: int, frames: int) -> Path:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(b"\x00\x10" * channels * frames)
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
