"""From one payload format to another, and silence in any. Sans-I/O.

This is the hot path: every frame of a call goes through `Transcoder.feed` once in each direction, so which way
it takes is decided when the transcoder is made and not again.
"""

import audioop
from collections.abc import Callable

from gateway.audio.codecs import Decoder, Encoder, G722Encoder, decoder_for, encoder_for
from gateway.audio.formats import AudioFormat, Encoding
from gateway.audio.linear import BYTES_PER_SAMPLE
from gateway.audio.resample import Resampler
from gateway.errors import UnsupportedFormatError

_CODES = bytes(range(256))
_G711_TABLES = {
    (Encoding.PCMU, Encoding.PCMA): audioop.lin2alaw(audioop.ulaw2lin(_CODES, BYTES_PER_SAMPLE), BYTES_PER_SAMPLE),
    (Encoding.PCMA, Encoding.PCMU): audioop.lin2ulaw(audioop.alaw2lin(_CODES, BYTES_PER_SAMPLE), BYTES_PER_SAMPLE),
}
"""The other law's code for each code."""

_SILENT_BYTE = {Encoding.PCMU: b"\xff", Encoding.PCMA: b"\xd5", Encoding.L16: b"\x00"}
"""What a quiet line sends: G.711's positive value next to zero, its bits inverted as the recommendation says."""

_Feed = Callable[[bytes], bytes]
_Flush = Callable[[], bytes]


class Transcoder:
    """Turns the payloads of one stream into another format.

    Where both formats are the same, `feed` returns its very argument.

    Raises:
        UnsupportedFormatError: one of the formats is beyond us; a format is never beyond being passed through.
    """

    __slots__ = ("feed", "flush", "is_through")

    feed: _Feed
    """The next payload's audio in the target format; a few ms may wait for the next call.

    Raises `MessageError` where the payload cannot be audio of the source format; the stream goes on after it.
    """
    flush: _Flush
    """The audio that waits. What is fed afterwards begins a new stretch of the stream."""

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        self.feed, self.flush = _way(source, target)
        self.is_through = self.feed is _unchanged
        """Audio passes as it is: nobody need ask `feed`."""


def silence(fmt: AudioFormat, ms: int) -> bytes:
    """A payload of so many milliseconds in which nobody speaks.

    Raises:
        UnsupportedFormatError: the format has no payload of a given length (Opus, AMR-WB).
    """
    if fmt.encoding is Encoding.G722:
        encoder = G722Encoder()
        return (encoder.encode(bytes(ms * encoder.rate_hz // 1000 * BYTES_PER_SAMPLE)) + encoder.flush())[: ms * 8]
    byte = _SILENT_BYTE.get(fmt.encoding)
    if byte is None:
        raise UnsupportedFormatError(f"no silence in {fmt.encoding}")
    sample = byte * BYTES_PER_SAMPLE if fmt.encoding is Encoding.L16 else byte
    return sample * (ms * fmt.rate_hz // 1000)


def _way(source: AudioFormat, target: AudioFormat) -> tuple[_Feed, _Flush]:
    """The cheapest way between two formats."""
    if _same_bytes(source, target):
        return _unchanged, _nothing
    decoder, encoder = decoder_for(source), encoder_for(target)
    table = _G711_TABLES.get((source.encoding, target.encoding))
    if table is not None:
        return _by_table(table), _nothing
    if decoder.rate_hz == encoder.rate_hz:
        return _recoded(decoder, encoder), encoder.flush
    return _resampled(decoder, encoder)


def _same_bytes(source: AudioFormat, target: AudioFormat) -> bool:
    """Whether both formats would write the same audio alike, however they are declared."""
    if source.encoding is not target.encoding:
        return False
    match source.encoding:
        case Encoding.L16:
            return source == target
        case Encoding.PCMU | Encoding.PCMA:
            return source.rate_hz == target.rate_hz
        case _:
            return True


def _unchanged(payload: bytes) -> bytes:
    return payload


def _nothing() -> bytes:
    return b""


def _by_table(table: bytes) -> _Feed:
    def feed(payload: bytes) -> bytes:
        return payload.translate(table)

    return feed


def _recoded(decoder: Decoder, encoder: Encoder) -> _Feed:
    decode, encode = decoder.decode, encoder.encode

    def feed(payload: bytes) -> bytes:
        return encode(decode(payload))

    return feed


def _resampled(decoder: Decoder, encoder: Encoder) -> tuple[_Feed, _Flush]:
    decode, encode = decoder.decode, encoder.encode
    resampler = Resampler(decoder.rate_hz, encoder.rate_hz)

    def feed(payload: bytes) -> bytes:
        return encode(resampler.feed(decode(payload)))

    def flush() -> bytes:
        return encode(resampler.flush()) + encoder.flush()

    return feed, flush
