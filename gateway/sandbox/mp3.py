"""Makes an MP3 of a recording's channels. Work for a thread: an hour of audio takes seconds."""

import audioop
import io

import av
from av.audio.frame import AudioFrame

RATE_HZ = 8000
"""The audio as it came: "source audio 8 kHz" (download page)."""
BIT_RATE = 32_000
"""Per channel, far above what telephone speech needs."""


def encode_mp3(left: bytes, right: bytes, *, stereo: bool) -> bytes:
    """Both parties on a channel each, or mixed into one; 16-bit linear audio of one length."""
    if stereo:
        samples = audioop.add(audioop.tostereo(left, 2, 1, 0), audioop.tostereo(right, 2, 0, 1), 2)
    else:
        samples = audioop.add(left, right, 2)
    layout = "stereo" if stereo else "mono"
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ, layout=layout)
        stream.bit_rate = BIT_RATE * (2 if stereo else 1)
        frame = AudioFrame(format="s16", layout=layout, samples=len(samples) // (4 if stereo else 2))
        frame.sample_rate = RATE_HZ
        frame.planes[0].update(samples)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
