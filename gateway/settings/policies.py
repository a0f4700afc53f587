"""Turns settings into the policies of the code that they turn."""

from gateway.audio.clip import load_clip
from gateway.bridge.addresses import PublicAddresses
from gateway.bridge.drain import DrainPolicy
from gateway.bridge.lifecycle import LifecyclePolicy
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.reception import ReceptionPolicy
from gateway.bridge.reorder import ReorderPolicy
from gateway.bridge.session import SessionPolicy
from gateway.bridge.surroundings import BridgePolicy
from gateway.bridge.uplink import UplinkPolicy
from gateway.calls import Say
from gateway.carriers.telnyx.webhooks import TelnyxPolicy
from gateway.settings.model import Settings
from gateway.telemetry.lag import LagPolicy


def bridge_policy(settings: Settings) -> BridgePolicy:
    """How calls are carried.

    Raises:
        ConfigError: the hold clip cannot be read.
    """
    media, kallglot = settings.media, settings.kallglot
    return BridgePolicy(
        session=SessionPolicy(
            start_timeout_ms=_ms(media.start_timeout_s),
            ready_timeout_ms=_ms(kallglot.ready_timeout_s),
        ),
        uplink=UplinkPolicy(
            chunk_ms=kallglot.chunk_ms,
            stall_ms=media.stall_ms,
            reorder=ReorderPolicy(window_ms=media.reorder_window_ms),
        ),
        pacing=PacingPolicy(lead_ms=media.lead_ms),
        tolerated_errors=frozenset(kallglot.tolerated_errors),
        quality=settings.telemetry.quality,
        hold_clip=load_clip(media.hold_clip, "media.hold_clip") if media.hold_clip else b"",
    )


def lifecycle_policy(settings: Settings) -> LifecyclePolicy:
    """How long a call may be without somebody."""
    return LifecyclePolicy(
        ticket_ttl_ms=_ms(settings.media.ticket_ttl_s),
        window_ms=_ms(settings.resume.window_s),
        chunk_ms=settings.kallglot.chunk_ms,
        keep_ms=_ms(settings.telemetry.keep_calls_h * 3_600),
    )


def drain_policy(settings: Settings) -> DrainPolicy:
    """How this replica goes."""
    return DrainPolicy(
        handover_after_ms=_ms(settings.drain.handover_after_s), deadline_ms=_ms(settings.drain.deadline_s)
    )


def reception_policy(settings: Settings) -> ReceptionPolicy:
    """What callers are told."""
    refusal = settings.refusal
    return ReceptionPolicy(
        addresses=PublicAddresses(settings.public_url),
        refusal=Say(refusal.say, refusal.language) if refusal.say.strip() else None,
    )


def lag_policy(settings: Settings) -> LagPolicy:
    """When the event loop is too late for new calls."""
    return LagPolicy(limit_ms=settings.admission.max_lag_ms)


def telnyx_policy(settings: Settings) -> TelnyxPolicy:
    """How Telnyx signs and sounds."""
    telnyx = settings.telnyx
    return TelnyxPolicy(
        public_keys=telnyx.public_key,
        require_signature=telnyx.require_signature,
        allow_cidrs=telnyx.allow_cidrs,
        codec=telnyx.codec,
        bidirectional_codec=telnyx.bidirectional_codec,
        bidirectional_sampling_rate=telnyx.bidirectional_sampling_rate,
        l16_byte_order=settings.media.l16_byte_order,
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
