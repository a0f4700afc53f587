"""Which audio: encoding, rate, channels. Sans-I/O."""

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """An audio encoding, by the name that RTP (RFC 3551) and the carriers give it; the `codec` label."""

    PCMU = "PCMU"
    PCMA = "PCMA"
    L16 = "L16"
    G722 = "G722"
    OPUS = "OPUS"
    AMR_WB = "AMR-WB"


class ByteOrder(StrEnum):
    """Which byte of a 16-bit sample comes first."""

    BIG = "big"
    LITTLE = "little"


_BYTES_PER_SAMPLE = {Encoding.PCMU: 1, Encoding.PCMA: 1, Encoding.L16: 2}
"""Bytes per sample where a payload's length is its duration."""

G722_BYTES_PER_SECOND = 8000
"""64 kbit/s, whatever rate is declared: G.722 samples at 16 kHz and RFC 3551 declares 8000 for it."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What the bytes of a payload mean. All audio is one channel."""

    encoding: Encoding
    rate_hz: int = 8000
    """Samples a second, as declared; G.722 is declared 8000 and sampled at 16000 (RFC 3551 §4.5.2)."""
    byte_order: ByteOrder = ByteOrder.BIG
    """Of L16 only. RFC 3551 says big; the carriers disagree among themselves."""

    @property
    def bytes_per_second(self) -> int | None:
        """Bytes in a second of payload, or None where frames vary in length (Opus, AMR-WB)."""
        if self.encoding is Encoding.G722:
            return G722_BYTES_PER_SECOND
        width = _BYTES_PER_SAMPLE.get(self.encoding)
        return None if width is None else width * self.rate_hz


PCMU_8K = AudioFormat(Encoding.PCMU)
"""μ-law, 8 kHz: what Kallglot takes and Twilio speaks."""
