"""An outcome as it should be, for tests that spoil it."""

from pathlib import Path

from gateway.calls import Carrier
from gateway.demo.checks import Outcome
from gateway.demo.delays import Delays

GOOD = Outcome(
    carrier=Carrier.TWILIO,
    codec="PCMU",
    setup_ms={"webhook": 14.6, "session_create": 8, "media_start": 12, "session_ready": 6, "first_audio_sent": 101},
    frames_in=402,
    frames_out=35,
    gap_frames=0,
    concealed_ms=0,
    dropped={},
    underruns=2,
    uplink=Delays(0.42, 1.11),
    downlink=Delays(0.63, 2.24),
    spoken_s=2.96,
    heard_s=3.04,
    kallglot_likeness=0.9999,
    caller_likeness=0.96,
    complaints=(),
    session_ended=True,
    caller_wav=Path("out/twilio-caller-heard.wav"),
    kallglot_wav=Path("out/twilio-kallglot-heard.wav"),
)
