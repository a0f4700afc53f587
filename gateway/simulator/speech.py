"""What a caller says, made ready for the wire, and what a caller heard, made ready for the ear.

Written on the standard library's G.711 and FFmpeg's G.722, and not on the gateway's own codecs, so that a bug there
is not shared by both ends of a call.
"""

import audioop
import io
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.errors import ConfigError

FRAME_MS = 20
"""Milliseconds of audio in a carrier's media message; undocumented, and what every observer reports."""
AUDIBLE_RMS = 100
"""Of 32,767; what is quieter (-50 dBFS) is comfort noise or nothing."""
_SETTLE_MS = 200
"""How long a G.722 encoder hears silence until what it makes of it is silence too."""


def sampled_rate_hz(audio: AudioFormat) -> int:
    """Samples a second in fact: G.722 samples at 16 kHz and is declared as 8 kHz (RFC 3551 §4.5.2)."""
    return 16000 if audio.encoding is Encoding.G722 else audio.rate_hz


def bytes_per_ms(audio: AudioFormat) -> int:
    """Bytes in a millisecond of payload.

    Raises:
        ConfigError: its frames vary in length, and this simulator does not speak such codecs.
    """
    per_second = audio.bytes_per_second
    if per_second is None:
        raise _unspoken(audio)
    return per_second // 1000


def sample_bytes(audio: AudioFormat) -> int:
    """Bytes that belong together: a message never holds half of them."""
    return 2 if audio.encoding is Encoding.L16 else 1


def _unspoken(audio: AudioFormat) -> ConfigError:
    return ConfigError([f"codec must be one of PCMU, PCMA, L16, G722, not {str(audio.encoding)!r}"])


@dataclass(frozen=True, slots=True)
class Track:
    """A caller's whole speech as the payloads of media messages, and the one that says nothing."""

    frames: tuple[bytes, ...]
    """The speech and the little silence in which the encoder comes to rest."""
    silence: bytes
    """What follows, again and again."""
    silent: tuple[bool, ...] = ()
    """Which of the frames nobody would hear; none where it is shorter than `frames`."""

    def is_silent(self, index: int) -> bool:
        """Whether nobody would hear frame `index`."""
        return index >= len(self.frames) or (index < len(self.silent) and self.silent[index])


def prepare(linear: bytes, audio: AudioFormat) -> Track:
    """The track of `linear`, 16-bit samples in this machine's order at the format's sampled rate.

    The last frame is filled up with silence.
    """
    frame_bytes = bytes_per_ms(audio) * FRAME_MS
    linear_frame = 2 * sampled_rate_hz(audio) * FRAME_MS // 1000
    linear += bytes(-len(linear) % linear_frame + linear_frame * _SETTLE_MS // FRAME_MS)
    payload = encode(linear, audio)
    frames = tuple(payload[i : i + frame_bytes] for i in range(0, len(payload), frame_bytes))
    heard = (linear[i : i + linear_frame] for i in range(0, len(linear), linear_frame))
    return Track(frames, silence=frames[-1], silent=tuple(audioop.rms(sound, 2) < AUDIBLE_RMS for sound in heard))


def encode(linear: bytes, audio: AudioFormat) -> bytes:
    """Linear samples in this machine's order as the format's payload bytes."""
    match audio.encoding:
        case Encoding.PCMU:
            return audioop.lin2ulaw(linear, 2)
        case Encoding.PCMA:
            return audioop.lin2alaw(linear, 2)
        case Encoding.L16:
            return _ordered(linear, audio.byte_order)
        case Encoding.G722:
            return _encode_g722(linear)
        case _:
            raise _unspoken(audio)


class Decoder:
    """Turns one direction's payloads into linear samples, in the order they are heard."""

    def __init__(self, audio: AudioFormat) -> None:
        bytes_per_ms(audio)
        self._audio = audio
        self._g722 = _g722_context("r") if audio.encoding is Encoding.G722 else None

    def decode(self, payload: bytes) -> bytes:
        """16-bit samples in this machine's order at the format's sampled rate."""
        if self._g722 is not None:
            return b"".join(_samples(frame) for frame in self._g722.decode(av.Packet(payload)))
        if self._audio.encoding is Encoding.PCMU:
            return audioop.ulaw2lin(payload, 2)
        if self._audio.encoding is Encoding.PCMA:
            return audioop.alaw2lin(payload, 2)
        return _ordered(payload, self._audio.byte_order)


def load(sound: bytes | Path, rate_hz: int) -> bytes:
    """Linear mono samples at `rate_hz` of a WAV of any rate, width and channels, given as its bytes or its path.

    Raises:
        ConfigError: it is not a sound that can be read.
    """
    name = str(sound) if isinstance(sound, Path) else "the speech given"
    source = io.BytesIO(sound) if isinstance(sound, bytes) else str(sound)
    resampler = AudioResampler("s16", "mono", rate_hz)
    try:
        with av.open(source, mode="r") as container:
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    except (OSError, ValueError, IndexError) as exc:  # FFmpegError derives from one of the first two
        raise ConfigError([f"{name} is not a sound file: {exc}"]) from exc
    return b"".join(map(_samples, frames))


def resample(linear: bytes, from_hz: int, to_hz: int) -> bytes:
    """The same sound at another rate, filtered, and exactly as long."""
    if from_hz == to_hz or not linear:
        return linear
    resampler = AudioResampler("s16", "mono", to_hz)
    frames = resampler.resample(_frame(linear, from_hz)) + resampler.resample(None)
    wanted = len(linear) // 2 * to_hz // from_hz * 2
    return b"".join(map(_samples, frames))[:wanted].ljust(wanted, b"\0")


def wav(linear: bytes, rate_hz: int) -> bytes:
    """The bytes of a 16-bit mono WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(linear)
    return file.getvalue()


def _ordered(samples: bytes, order: ByteOrder) -> bytes:
    return samples if order == sys.byteorder else audioop.byteswap(samples, 2)


def _g722_context(mode: str) -> AudioCodecContext:
    context = av.CodecContext.create("g722", "w" if mode == "w" else "r")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate = 16000
    context.layout = "mono"
    if mode == "w":
        context.format = "s16"
    return context


def _encode_g722(linear: bytes) -> bytes:
    context = _g722_context("w")
    packets = context.encode(_frame(linear, 16000)) + context.encode(None)
    return b"".join(map(bytes, packets))


def _frame(linear: bytes, rate_hz: int) -> AudioFrame:
    frame = AudioFrame("s16", "mono", samples=len(linear) // 2)
    frame.sample_rate = rate_hz
    frame.planes[0].update(linear)
    return frame


def _samples(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * 2]  # a plane is padded beyond its samples
