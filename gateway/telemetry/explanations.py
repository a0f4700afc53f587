"""What can be wrong with a call, in words for its operator: by how it ended, and by the flags raised on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.calls import Direction, EndReason
from gateway.telemetry.detectors import Flag


@dataclass(frozen=True, slots=True)
class Explanation:
    """For whoever asks at two in the morning."""

    cause: str
    """One sentence."""
    advice: str
    """What to do, one or two."""


ENDS: Mapping[EndReason, Explanation] = {
    EndReason.SESSION_ERROR: Explanation(
        "Kallglot reported an error and ended the session.",
        "See gateway_kallglot_errors_total for the code; if it repeats, ask Kallglot with the session's id.",
    ),
    EndReason.SESSION_REFUSED: Explanation(
        "Kallglot refused to create the session.",
        "Try `gateway route` for the body that was sent, and check the API key, the credits and the route.",
    ),
    EndReason.KALLGLOT_UNAVAILABLE: Explanation(
        "Kallglot could not be reached, or never became ready, and the caller got the route's on_failure.",
        "Run `gateway check`; look at gateway_kallglot_request_duration_seconds and at Kallglot's status.",
    ),
    EndReason.MEDIA_LOST: Explanation(
        "The carrier's media socket broke and the caller did not come back.",
        "Look for a replica or proxy that went away at that moment; a caller on a bad mobile line looks the same.",
    ),
    EndReason.MEDIA_SILENT: Explanation(
        "The carrier opened its media socket and then said nothing.",
        "Look for a proxy that holds WebSocket messages back; otherwise ask the carrier with its call id.",
    ),
    EndReason.MEDIA_MISSING: Explanation(
        "The carrier was told where to stream, but its media socket never came.",
        "Check that public_url reaches /media/ with WebSocket upgrades; a caller who hung up at once looks the same.",
    ),
    EndReason.MEDIA_INVALID: Explanation(
        "The carrier sent audio, or messages, that no gateway can carry.",
        "Look for media_unusable in the log: it says why; then at the codec of the number's connection.",
    ),
    EndReason.DOCUMENT_FAILED: Explanation(
        "The carrier could not fetch or follow our document and asked the fallback address.",
        "See the carrier's debugger for the request; check that every replica behind public_url answers webhooks.",
    ),
    EndReason.RESUMED_TOO_OFTEN: Explanation(
        "The media stream broke again and again, so the call was given up.",
        "Look for a proxy or load balancer with a short timeout for WebSockets between carrier and gateway.",
    ),
    EndReason.DRAINED: Explanation(
        "The replica had to stop and no other took the call over.",
        "Give the drain more time (drain.deadline_s), and keep another replica ready while one stops.",
    ),
    EndReason.INTERNAL_ERROR: Explanation(
        "A bug in the gateway ended the call.",
        "Find `call_failed` with this call_id in the logs, and report its traceback.",
    ),
}
"""Ends that explain themselves. The caller's hanging up and Kallglot's ending the session are none."""

FLAGS: Sequence[tuple[str, Explanation]] = (
    (
        f"{Flag.WRONG_COMPANDING} {Direction.IN}",
        Explanation(
            "The carrier sent A-law and called it μ-law, so Kallglot heard hiss.",
            'At Telnyx, set codec="PCMU" for the number\'s connection: media_format must say what is sent.',
        ),
    ),
    (
        f"{Flag.CALLER_SILENT} {Direction.IN}",
        Explanation(
            "The caller's audio came but held no word from the start.",
            "A muted or broken microphone, or one-way audio before the carrier; ask it with its call id if it repeats.",
        ),
    ),
    (
        f"{Flag.ONE_WAY} {Direction.IN}",
        Explanation(
            "Kallglot spoke but nothing was heard of the caller although frames came.",
            "The caller was on mute, or the carrier lost the caller's audio: see its call quality report.",
        ),
    ),
    (
        f"{Flag.ONE_WAY} {Direction.OUT}",
        Explanation(
            "The caller spoke but what Kallglot sent was silence.",
            "Look at the session's transcript: if the caller was understood, ask Kallglot about its voice output.",
        ),
    ),
    (
        Flag.DEAD_AIR,
        Explanation(
            "For a while neither side said anything.",
            "Look at the timeline: before it a lost stream is Kallglot's or ours, a digit or nothing is the caller's.",
        ),
    ),
    (
        f"{Flag.CLIPPING} {Direction.IN}",
        Explanation(
            "The caller was so loud that the audio was clipped.",
            "Nothing to set here: too much gain in the caller's device or at the carrier.",
        ),
    ),
    (
        f"{Flag.CLIPPING} {Direction.OUT}",
        Explanation(
            "What Kallglot sent was so loud that it was clipped.", "Choose a quieter voice, or tell Kallglot about it."
        ),
    ),
)
"""By a flag event's detail, worst first."""
