from gateway.sandbox.counterparts.detector import webrtc_detector
from tests.sandbox.sounds import silence, speech


def test_speech_is_told_from_silence() -> None:
    """Most of a sentence, and nothing of a pause."""
    heard, quiet = webrtc_detector(), webrtc_detector()
    spoken, paused = speech(), silence(1000)

    assert sum(heard(spoken[start : start + 160]) for start in range(0, len(spoken) - 160, 160)) > len(spoken) / 320
    assert not any(quiet(paused[start : start + 160]) for start in range(0, len(paused), 160))
