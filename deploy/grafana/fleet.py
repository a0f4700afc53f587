"""Are callers well? The first dashboard to open."""

from deploy.grafana.board import Board, Section
from deploy.grafana.panel import Look, Panel, Query
from deploy.grafana.promql import JOB, REPLICA, mean, of, per_minute, quantile, recorded, total

_OFFERED = 'kind="voice", result=~"connected|refused|overflowed|failed"'

_NOW = Section(
    "Now",
    (
        Panel(
            title="Live calls",
            description="Calls with an open media socket.",
            unit="short",
            look=Look.NUMBER,
            width=4,
            queries=(Query(total("gateway_calls_active"), "calls"),),
        ),
        Panel(
            title="Calls offered",
            description="New calls whose carrier asked what to do, each minute.",
            unit="cpm",
            look=Look.NUMBER,
            width=4,
            alert="GatewayNoInboundCalls",
            queries=(Query(per_minute("gateway_webhooks_total", where=_OFFERED), "calls"),),
        ),
        Panel(
            title="Answered",
            description=(
                "Of the calls offered, those brought to a Kallglot session: the worst carrier, of five minutes."
            ),
            unit="percentunit",
            look=Look.NUMBER,
            width=4,
            limit=0.95,
            bad_below=True,
            alert="GatewayRefusals",
            queries=(Query(f"min({recorded('job_carrier:gateway_calls_answered:ratio5m')})", "answered"),),
        ),
        Panel(
            title="Failed",
            description=(
                "Of the calls that ended, those that did because something broke: the worst carrier, of 15 minutes."
            ),
            unit="percentunit",
            look=Look.NUMBER,
            width=4,
            limit=0.05,
            alert="GatewayCallsFailing",
            queries=(Query(f"max({recorded('job_carrier:gateway_calls_failed:ratio15m')})", "failed"),),
        ),
        Panel(
            title="Room in use",
            description=(
                "Live calls for every call that the replicas take which are not on their way out; 100 % is full."
            ),
            unit="percentunit",
            look=Look.NUMBER,
            width=4,
            limit=0.85,
            alert="GatewayNearCapacity",
            queries=(Query(recorded("job:gateway_saturation:ratio"), "{{job}}"),),
        ),
        Panel(
            title="Alerts",
            description="Alerts that fire now.",
            unit="short",
            look=Look.NUMBER,
            width=4,
            limit=1,
            queries=(
                Query(f'count(ALERTS{{alertstate="firing", alertname=~"Gateway.*", {JOB}}}) or vector(0)', "alerts"),
            ),
        ),
    ),
)

_CALLS = Section(
    "Calls",
    (
        Panel(
            title="Live calls by carrier",
            description="Calls with an open media socket.",
            unit="short",
            look=Look.STACK,
            queries=(Query(total("gateway_calls_active", "carrier"), "{{carrier}}"),),
        ),
        Panel(
            title="Calls offered by answer",
            description=(
                "How the voice webhook was answered. refused: no route, or no room. overflowed: no room, but "
                "another number. failed: no Kallglot session. rejected: not signed by the carrier, so perhaps no "
                "call at all."
            ),
            unit="cpm",
            look=Look.STACK,
            alert="GatewayRefusals",
            queries=(Query(per_minute("gateway_webhooks_total", "result", 'kind="voice"'), "{{result}}"),),
        ),
        Panel(
            title="Answer ratio",
            description=(
                "Of the calls offered, those brought to a Kallglot session, over five minutes and all replicas."
            ),
            unit="percentunit",
            limit=0.95,
            bad_below=True,
            alert="GatewayRefusals",
            queries=(Query(recorded("job_carrier:gateway_calls_answered:ratio5m"), "{{carrier}}"),),
        ),
        Panel(
            title="Calls that ended, by reason",
            description=(
                "caller_hung_up and session_ended are what should be. session_* and kallglot_*: Kallglot. media_*: "
                "the carrier. drained: the operator. document_failed, internal_error: us."
            ),
            unit="cpm",
            look=Look.STACK,
            alert="GatewayCallsFailing",
            queries=(Query(per_minute("gateway_calls_total", "reason"), "{{reason}}"),),
        ),
        Panel(
            title="Failed calls",
            description=(
                "Of the calls that ended, those that did because something broke, over 15 minutes and all replicas."
            ),
            unit="percentunit",
            limit=0.05,
            alert="GatewayCallsFailing",
            queries=(Query(recorded("job_carrier:gateway_calls_failed:ratio15m"), "{{carrier}}"),),
        ),
        Panel(
            title="Short calls",
            description=(
                "Of the calls that ended, those over within five seconds, over 15 minutes and all replicas. Callers "
                "who hear nothing hang up; so do diallers."
            ),
            unit="percentunit",
            limit=0.3,
            alert="GatewayShortCalls",
            queries=(Query(recorded("job:gateway_calls_short:ratio15m"), "{{job}}"),),
        ),
        Panel(
            title="How long calls last",
            description="From the first webhook to the end, of the calls that ended.",
            unit="s",
            alert="GatewayShortCalls",
            queries=(
                Query(mean("gateway_call_duration_seconds"), "mean"),
                Query(quantile(0.5, "gateway_call_duration_seconds"), "half of them"),
                Query(quantile(0.95, "gateway_call_duration_seconds"), "95 %"),
            ),
        ),
        Panel(
            title="Keys pressed",
            description="DTMF digits that came on the media stream.",
            unit="cpm",
            queries=(Query(per_minute("gateway_dtmf_total", "carrier"), "{{carrier}}"),),
        ),
    ),
)

_KEPT = Section(
    "Kept through faults",
    (
        Panel(
            title="Callers who came back",
            description="After their socket was lost, their replica died or drained. too_often: sent to on_failure.",
            unit="cpm",
            queries=(Query(per_minute("gateway_calls_resumed_total", "cause, result"), "{{cause}} {{result}}"),),
        ),
        Panel(
            title="Callers sent to on_failure",
            description="By why: each of them heard an apology, or was dialled to somebody else.",
            unit="cpm",
            look=Look.STACK,
            alert="GatewayCallsFailing",
            queries=(Query(per_minute("gateway_fallbacks_total", "cause"), "{{cause}}"),),
        ),
        Panel(
            title="Calls that drains let go of",
            description=(
                "pause: moved while nobody spoke. deadline: moved in the middle. cut: ended, for there was no other "
                "replica. One that has gone may not have been asked any more."
            ),
            unit="cpm",
            alert="GatewayForcedCuts",
            queries=(Query(per_minute("gateway_drain_handovers_total", "result"), "{{result}}"),),
        ),
    ),
)

_REPLICAS = Section(
    "Replicas",
    (
        Panel(
            title="Replicas that answer",
            description="1 while Prometheus reaches a replica's admin listener.",
            unit="short",
            alert="GatewayDown",
            queries=(Query(f"up{{{REPLICA}}}", "{{instance}}"),),
        ),
        Panel(
            title="Versions",
            description="How many replicas run which.",
            unit="short",
            look=Look.STACK,
            queries=(
                Query(
                    f"count by (version) (group by (job, instance, version) ({of('gateway_build_info')}))",
                    "{{version}}",
                ),
            ),
        ),
        Panel(
            title="Replicas that reach the store",
            description="1 while a replica can write calls down; without the store it is not ready for new ones.",
            unit="short",
            alert="GatewayStoreDown",
            queries=(Query(f"min by (instance) ({of('gateway_store_up')})", "{{instance}}"),),
        ),
        Panel(
            title="Routes that could not be used",
            description="Changed routes files that were refused; the old routes stay.",
            unit="cpm",
            alert="GatewayRoutesReloadFailed",
            queries=(Query(per_minute("gateway_routes_reload_failures_total", "instance"), "{{instance}}"),),
        ),
    ),
)

BOARD = Board(
    name="fleet",
    title="Fleet",
    description="Whether callers are well, and whose doing it is where they are not.",
    sections=(_NOW, _CALLS, _KEPT, _REPLICAS),
)
