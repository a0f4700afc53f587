"""Tells speech from silence, 20 ms of μ-law at a time."""

import audioop

import webrtcvad

from gateway.sandbox.turns import SpeechDetector

VAD_MODE = 2
"""webrtcvad's third of four degrees of scepticism: line noise passes for silence, soft speech for speech."""
RATE_HZ = 8000


def webrtc_detector() -> SpeechDetector:
    """A detector for one speaker: webrtcvad remembers what it has heard."""
    vad = webrtcvad.Vad(VAD_MODE)

    def is_speech(ulaw: bytes) -> bool:
        return bool(vad.is_speech(audioop.ulaw2lin(ulaw, 2), RATE_HZ))

    return is_speech
