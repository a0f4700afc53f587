"""What carriers' stream errors and warnings mean, and what to do about them.

Twilio: https://www.twilio.com/docs/api/errors. Telnyx: the `error` event of its media streaming guide,
https://developers.telnyx.com/docs/voice/programmable-voice/media-streaming.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CarrierCode:
    """One code, in words that complete "The carrier reported that …"."""

    meaning: str
    advice: str


_REACH = "Check that public_url reaches this gateway from the internet: DNS, firewall, load balancer, port."
_REPORT = "Keep the call's black box and report it: the gateway must not send such a message."

CARRIER_CODES: Mapping[str, CarrierCode] = {
    "31901": CarrierCode("its connection to the media socket timed out", _REACH),
    "31902": CarrierCode("its connection to the media socket was refused", _REACH + " Is a replica running behind it?"),
    "31903": CarrierCode(
        "the media socket broke while it was in use",
        "Look for a replica that died then, and for a proxy or load balancer that cuts idle or long connections.",
    ),
    "31910": CarrierCode(
        "its TLS connection to the media socket failed",
        "Check the certificate of public_url: its name, its expiry, the whole chain, and the port.",
    ),
    "31920": CarrierCode(
        "the media socket's handshake was not answered with 101",
        "See gateway_media_auth_total for refused tickets and signatures; a proxy may have dropped the Upgrade header.",
    ),
    "31921": CarrierCode(
        "the media socket was closed from our side",
        "Usual where Kallglot ended the session or a replica drained; otherwise look for a proxy that closes it.",
    ),
    "31922": CarrierCode("the stream's address was not wss", "Set public_url to an https:// address."),
    "31923": CarrierCode("the stream's address was malformed", "Check public_url: scheme and host, nothing else."),
    "31924": CarrierCode(
        "the media socket broke the WebSocket protocol",
        "Look for a proxy that alters WebSocket frames or adds compression; without one, report it.",
    ),
    "31930": CarrierCode(
        "audio was discarded because it was not read in time",
        "The replica or its network was too slow: see gateway_event_loop_lag_seconds; take fewer calls per replica.",
    ),
    "31950": CarrierCode("a message of ours could not be decoded", _REPORT),
    "31951": CarrierCode("a message of ours was not one that it documents", _REPORT),
    "31953": CarrierCode(
        "the caller's audio stopped arriving at it",
        "The caller's network or the carrier's supplier stopped sending; if it repeats, ask the carrier.",
    ),
    "100002": CarrierCode("an unknown error happened in its streaming", "Ask Telnyx, with the call's id."),
    "100003": CarrierCode("a message of ours was malformed", _REPORT),
    "100004": CarrierCode("a payload of ours was not base64", _REPORT),
    "100005": CarrierCode(
        "we sent messages faster than it takes them",
        "Its mode is mp3 unless the document says bidirectionalMode rtp: check that nothing rewrites the document.",
    ),
}
"""By code. Others exist; their explanation is the carrier's."""


def code_of(complaint: str) -> str:
    """What a carrier's complaint begins with: its code, where it has one."""
    return complaint[:6].rstrip(" :-")


def fault_label(complaint: str) -> str:
    """A carrier's complaint as a label: its code where it begins with a known one, else `other`."""
    code = code_of(complaint)
    return code if code in CARRIER_CODES else "other"
