"""How a call is, live or past, for people and programs that ask. Sans-I/O; nobody's number is even known here."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway.bridge.relay import Relay
from gateway.calls import CallId, Carrier, CarrierCallId, EndReason, SessionId
from gateway.store.history import PastCall
from gateway.telemetry.detectors import Occurrence
from gateway.telemetry.health import HealthFigures
from gateway.telemetry.quality import Quality

AWAY = "away"
"""The state of a call between two sockets."""
OVER = "over"
"""The state of a call that is over."""


class Hearing(Struct, frozen=True):
    """One direction; figures that are not known are None."""

    level_dbov: int | None
    mos: float | None
    r_factor: float | None
    loss_percent: float
    jitter_ms: float
    delay_ms: int
    stalls: int
    underruns: int
    concealed_ms: int


class CallSnapshot(Struct, frozen=True, kw_only=True):
    """One call as it is now, or as it was last known."""

    call_id: CallId
    carrier: Carrier
    carrier_call_id: CarrierCallId
    session_id: SessionId | None
    route: str
    state: str
    began_ms: int
    """Unix ms."""
    seconds: float
    resumed: int
    end_reason: EndReason | None
    frames_in: int
    frames_out: int
    chunks_out: int
    gap_frames: int
    heard_ms: int
    heard: Hearing | None
    """What Kallglot hears of the caller; None where it is not followed."""
    said: Hearing | None
    """What the caller hears of Kallglot."""
    flags: Sequence[Occurrence]
    """What is wrong, in Unix ms."""
    setup_ms: Mapping[str, int]


def of_relay(relay: Relay, now_ms: int) -> CallSnapshot:
    """A live call; `now_ms` is Unix time. Its counts are those of this socket."""
    record, counts, health = relay.record, relay.counts, relay.monitor.figures()
    return CallSnapshot(
        call_id=record.call_id,
        carrier=record.carrier,
        carrier_call_id=record.carrier_call_id,
        session_id=record.session.session_id if record.session else None,
        route=record.route,
        state=relay.state,
        began_ms=record.created_ms,
        seconds=(now_ms - record.created_ms) / 1_000,
        resumed=len(record.resumed_ms),
        end_reason=None,
        frames_in=counts.frames_in,
        frames_out=counts.frames_out,
        chunks_out=counts.chunks_out,
        gap_frames=counts.gap_frames,
        heard_ms=counts.heard_ms,
        heard=_heard(health),
        said=_said(health),
        flags=health.flags if health is not None else [],
        setup_ms={str(stage): ms for stage, ms in relay.setup_ms.items()},
    )


def of_past(past: PastCall, now_ms: int) -> CallSnapshot:
    """A call that has no socket here."""
    figures = past.figures
    return CallSnapshot(
        call_id=past.call_id,
        carrier=past.carrier,
        carrier_call_id=past.carrier_call_id,
        session_id=past.session_id,
        route=past.route,
        state=OVER if past.ended_ms else AWAY,
        began_ms=past.created_ms,
        seconds=((past.ended_ms or now_ms) - past.created_ms) / 1_000,
        resumed=past.resumed,
        end_reason=past.end_reason,
        frames_in=figures.get("frames_in", 0),
        frames_out=figures.get("frames_out", 0),
        chunks_out=figures.get("chunks_out", 0),
        gap_frames=figures.get("gap_frames", 0),
        heard_ms=figures.get("heard_ms", 0),
        heard=_heard(past.health),
        said=_said(past.health),
        flags=[],
        setup_ms=past.setup_ms,
    )


def _heard(health: HealthFigures | None) -> Hearing | None:
    return _hearing(health.heard, health.heard_dbov) if health is not None else None


def _said(health: HealthFigures | None) -> Hearing | None:
    return _hearing(health.said, health.said_dbov) if health is not None else None


def _hearing(quality: Quality, level_dbov: int | None) -> Hearing:
    return Hearing(
        level_dbov=level_dbov,
        mos=_rounded(quality.mos, 2),
        r_factor=_rounded(quality.r_factor, 1),
        loss_percent=round(quality.loss_percent, 2),
        jitter_ms=round(quality.jitter_ms, 1),
        delay_ms=quality.delay_ms,
        stalls=quality.stalls,
        underruns=quality.underruns,
        concealed_ms=quality.concealed_ms,
    )


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)
