"""Codecs: payloads to linear audio and back, one class an encoding and direction. Sans-I/O.

Linear audio is what `gateway.audio.linear` says: signed 16-bit little-endian samples of one channel. G.711 (ITU-T
G.711) and L16 (RFC 3551 §4.5.11) keep no state. G.722 (ITU-T G.722, 64 kbit/s) and Opus (RFC 6716) do: one object
serves one direction of one stream.
"""

import audioop
from typing import Protocol

import av
from av import AudioCodecContext, CodecContext, Packet

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.audio.linear import BYTES_PER_SAMPLE, FrameWriter, from_frames
from gateway.errors import MessageError, MessageFault, UnsupportedFormatError

G711_RATE_HZ = 8000
G722_RATE_HZ = 16000
OPUS_RATE_HZ = 48000
"""FFmpeg's decoders give 48 kHz whatever rate was encoded; RFC 7587 §4.1 has one clock of 48 kHz for them all, too."""

L16_RATES_HZ = frozenset({8000, 16000, 22050, 24000, 48000})
"""Those that Telnyx' SDK lists for its streams."""

_G722_BLOCK_SAMPLES = 80
"""Samples that the encoder takes at once, and so at most 5 ms that it holds back.

FFmpeg's own default is 320 (20 ms): of pieces that do not line up with that, most would stay behind as delay. Blocks of
80 cost about a fifth more time.
"""


class Decoder(Protocol):
    """Reads one stream of payloads."""

    @property
    def rate_hz(self) -> int:
        """Of the linear audio that `decode` gives."""
        ...

    def decode(self, payload: bytes) -> bytes:
        """The linear audio of one payload; the empty payload has none.

        Raises:
            MessageError: the payload cannot be audio of this encoding. The next one is read as if it had not come.
        """
        ...


class Encoder(Protocol):
    """Writes one stream of payloads."""

    @property
    def rate_hz(self) -> int:
        """Of the linear audio that `encode` takes."""
        ...

    def encode(self, linear: bytes) -> bytes:
        """The payload for some whole samples; less than 5 ms of them may wait for the next call."""
        ...

    def flush(self) -> bytes:
        """The payload for what waits, filled up with silence. The stream may go on afterwards."""
        ...


class UlawDecoder:
    """PCMU."""

    rate_hz = G711_RATE_HZ

    def decode(self, payload: bytes) -> bytes:
        return audioop.ulaw2lin(payload, BYTES_PER_SAMPLE)


class UlawEncoder:
    """PCMU, from the upper 14 bits of each sample."""

    rate_hz = G711_RATE_HZ

    def encode(self, linear: bytes) -> bytes:
        return audioop.lin2ulaw(linear, BYTES_PER_SAMPLE)

    def flush(self) -> bytes:
        return b""


class AlawDecoder:
    """PCMA."""

    rate_hz = G711_RATE_HZ

    def decode(self, payload: bytes) -> bytes:
        return audioop.alaw2lin(payload, BYTES_PER_SAMPLE)


class AlawEncoder:
    """PCMA, from the upper 13 bits of each sample."""

    rate_hz = G711_RATE_HZ

    def encode(self, linear: bytes) -> bytes:
        return audioop.lin2alaw(linear, BYTES_PER_SAMPLE)

    def flush(self) -> bytes:
        return b""


class L16Decoder:
    """Linear audio already, but for the order of its bytes."""

    def __init__(self, rate_hz: int, byte_order: ByteOrder) -> None:
        self.rate_hz = rate_hz
        self._swapped = byte_order is ByteOrder.BIG

    def decode(self, payload: bytes) -> bytes:
        if len(payload) % BYTES_PER_SAMPLE:
            raise MessageError(MessageFault.ODD_LENGTH, f"L16 payload of {len(payload)} bytes is not whole samples")
        return audioop.byteswap(payload, BYTES_PER_SAMPLE) if self._swapped else payload


class L16Encoder:
    """Linear audio still, but for the order of its bytes."""

    def __init__(self, rate_hz: int, byte_order: ByteOrder) -> None:
        self.rate_hz = rate_hz
        self._swapped = byte_order is ByteOrder.BIG

    def encode(self, linear: bytes) -> bytes:
        return audioop.byteswap(linear, BYTES_PER_SAMPLE) if self._swapped else linear

    def flush(self) -> bytes:
        return b""


class G722Decoder:
    """G.722 at 64 kbit/s; every byte is two samples, so any length is a payload."""

    rate_hz = G722_RATE_HZ

    def __init__(self) -> None:
        self._codec: AudioCodecContext = CodecContext.create("g722", "r")
        self._codec.sample_rate = G722_RATE_HZ
        self._codec.layout = "mono"

    def decode(self, payload: bytes) -> bytes:
        # FFmpeg takes an empty packet for the end of the stream and would read nothing more.
        return from_frames(self._codec.decode(Packet(payload))) if payload else b""


class G722Encoder:
    """G.722 at 64 kbit/s; what comes back out of a decoder is 22 samples late."""

    rate_hz = G722_RATE_HZ

    def __init__(self) -> None:
        self._codec: AudioCodecContext = CodecContext.create("g722", "w")
        self._codec.sample_rate = G722_RATE_HZ
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.options = {"frame_size": str(_G722_BLOCK_SAMPLES)}
        self._writer = FrameWriter(G722_RATE_HZ)
        self._waiting = b""

    def encode(self, linear: bytes) -> bytes:
        linear = self._waiting + linear
        whole = len(linear) - len(linear) % (_G722_BLOCK_SAMPLES * BYTES_PER_SAMPLE)
        self._waiting = linear[whole:]
        if not whole:
            return b""
        return b"".join([bytes(packet) for packet in self._codec.encode(self._writer.holding(linear[:whole]))])

    def flush(self) -> bytes:
        missing = -len(self._waiting) % (_G722_BLOCK_SAMPLES * BYTES_PER_SAMPLE)
        return self.encode(bytes(missing))


class OpusDecoder:
    """Opus; a payload is one packet, mono or stereo, and is given as one channel of 48 kHz."""

    rate_hz = OPUS_RATE_HZ

    def __init__(self) -> None:
        self._codec: AudioCodecContext = CodecContext.create("libopus", "r")
        self._codec.sample_rate = OPUS_RATE_HZ
        self._codec.layout = "mono"

    def decode(self, payload: bytes) -> bytes:
        if not payload:
            return b""  # as for G.722
        try:
            return from_frames(self._codec.decode(Packet(payload)))
        except av.FFmpegError as exc:
            detail = f"payload of {len(payload)} bytes is no Opus packet: {exc.strerror}"
            raise MessageError(MessageFault.NOT_A_MESSAGE, detail) from exc


def decoder_for(fmt: AudioFormat) -> Decoder:
    """A decoder for one stream of this format.

    AMR-WB is refused although FFmpeg reads it: RFC 4867 §4 packs it in two ways (bandwidth-efficient, octet-aligned)
    that a payload does not tell apart, and the carriers' documents do not say which is theirs.

    Raises:
        UnsupportedFormatError: there is none.
    """
    match fmt:
        case AudioFormat(Encoding.PCMU, 8000):
            return UlawDecoder()
        case AudioFormat(Encoding.PCMA, 8000):
            return AlawDecoder()
        case AudioFormat(Encoding.L16, rate_hz, byte_order) if rate_hz in L16_RATES_HZ:
            return L16Decoder(rate_hz, byte_order)
        case AudioFormat(Encoding.G722, 8000 | 16000):
            return G722Decoder()
        case AudioFormat(Encoding.OPUS):
            return OpusDecoder()
        case _:
            raise UnsupportedFormatError(f"cannot decode {fmt.encoding} at {fmt.rate_hz} Hz")


def encoder_for(fmt: AudioFormat) -> Encoder:
    """An encoder for one stream of this format.

    Opus is refused: its packets say nothing of their own length, and payloads here are cut and joined as bytes.

    Raises:
        UnsupportedFormatError: there is none.
    """
    match fmt:
        case AudioFormat(Encoding.PCMU, 8000):
            return UlawEncoder()
        case AudioFormat(Encoding.PCMA, 8000):
            return AlawEncoder()
        case AudioFormat(Encoding.L16, rate_hz, byte_order) if rate_hz in L16_RATES_HZ:
            return L16Encoder(rate_hz, byte_order)
        case AudioFormat(Encoding.G722, 8000 | 16000):
            return G722Encoder()
        case _:
            raise UnsupportedFormatError(f"cannot encode {fmt.encoding} at {fmt.rate_hz} Hz")
