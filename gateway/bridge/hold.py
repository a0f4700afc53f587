"""What a caller hears while Kallglot is away. Sans-I/O."""

from gateway.bridge.chunks import BYTES_PER_MS, SILENCE

_PIECE_MS = 500
"""Played at a time: the caller is not kept on hold for longer than this when Kallglot is back."""


class Hold:
    """A clip of μ-law, 8 kHz, played over and over from where it was left; comfort silence where there is none.

    Silence is sent, not nothing: a carrier that hears nothing for long believes the call dead (Twilio warning 32014).
    """

    def __init__(self, clip: bytes = b"") -> None:
        self._clip = clip or SILENCE * (_PIECE_MS * BYTES_PER_MS)
        self._at = 0

    def next_piece(self) -> bytes:
        """Half a second of it."""
        wanted = _PIECE_MS * BYTES_PER_MS
        piece = bytearray()
        while len(piece) < wanted:
            part = self._clip[self._at : self._at + wanted - len(piece)]
            piece += part
            self._at = (self._at + len(part)) % len(self._clip)
        return bytes(piece)
