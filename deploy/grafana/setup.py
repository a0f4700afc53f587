"""How long do callers wait, and how late is what they hear?"""

from deploy.grafana.board import Board, Section
from deploy.grafana.kallglot import TIME_TO_OPEN
from deploy.grafana.panel import Look, Panel, Query
from deploy.grafana.promql import per_minute, quantile, recorded

_STAGES = (
    "webhook: asked to answered. session_create: within it, Kallglot's time. media_start: answered to the "
    "carrier's start. session_ready: media socket to session.ready. first_audio_sent: start to the first audio "
    "sent to Kallglot."
)

_SET_UP = Section(
    "From the ring to the first word",
    (
        Panel(
            title="Stages of the set-up, the slowest twentieth",
            description=f"95 % of calls are quicker, over five minutes and all replicas. {_STAGES}",
            unit="s",
            width=12,
            limit=2,
            alert="GatewaySetupSlow",
            queries=(Query(recorded("job_stage:gateway_setup_stage_seconds:p95_5m"), "{{stage}}"),),
        ),
        Panel(
            title="Stages of the set-up, half of all calls",
            description=f"Half of the calls are quicker. {_STAGES}",
            unit="s",
            width=12,
            alert="GatewaySetupSlow",
            queries=(Query(quantile(0.5, "gateway_setup_stage_seconds", "stage"), "{{stage}}"),),
        ),
        Panel(
            title="Time to answer a webhook",
            description=(
                "99 % are answered quicker. voice waits for Kallglot to create the session; the others do not."
            ),
            unit="s",
            alert="GatewaySetupSlow",
            queries=(
                Query(quantile(0.99, "gateway_webhook_duration_seconds", "carrier, kind"), "{{carrier}} {{kind}}"),
            ),
        ),
        TIME_TO_OPEN,
        Panel(
            title="Webhooks by kind",
            description=(
                "What carriers asked: voice for a new call, continue for one whose stream ended, fallback when they "
                "could not use our document. event is what Kallglot told."
            ),
            unit="cpm",
            look=Look.STACK,
            alert="GatewayNoInboundCalls",
            queries=(Query(per_minute("gateway_webhooks_total", "carrier, kind"), "{{carrier}} {{kind}}"),),
        ),
        Panel(
            title="Age of callbacks",
            description=(
                "From when a callback says that something happened to its arrival: 95 % are below. A carrier that has "
                "fallen behind, or a clock that differs from ours."
            ),
            unit="s",
            queries=(Query(quantile(0.95, "gateway_callback_delay_seconds", "carrier, kind"), "{{carrier}} {{kind}}"),),
        ),
        Panel(
            title="Webhooks refused",
            description=(
                "Forged or broken, by why: mismatch is another token or another URL, stale a clock, address a "
                "network outside telnyx.allow_cidrs, body no webhook of that carrier's."
            ),
            unit="cpm",
            alert="GatewayWebhooksRejected",
            queries=(Query(per_minute("gateway_webhook_rejects_total", "carrier, reason"), "{{carrier}} {{reason}}"),),
        ),
        Panel(
            title="Media sockets let in or refused",
            description="By the ticket in their address, and Twilio's by its signature too.",
            unit="cpm",
            alert="GatewayCarrierStreamErrors",
            queries=(Query(per_minute("gateway_media_auth_total", "carrier, result"), "{{carrier}} {{result}}"),),
        ),
    ),
)

_LATENCY = Section(
    "What the gateway adds to a word's way",
    (
        Panel(
            title="Relay latency, p99",
            description=(
                "From a chunk's last frame to audio.input (in), and from audio.output to the carrier's message, "
                "pacing apart (out), over five minutes and all replicas. It should be 5 ms at most."
            ),
            unit="s",
            limit=0.1,
            alert="GatewayLatencyHigh",
            queries=(Query(recorded("job_direction:gateway_relay_latency_seconds:p99_5m"), "{{direction}}"),),
        ),
        Panel(
            title="Relay latency, half of all chunks",
            description="The same for half of the chunks. It should be 1 ms at most.",
            unit="s",
            alert="GatewayLatencyHigh",
            queries=(Query(quantile(0.5, "gateway_relay_latency_seconds", "direction"), "{{direction}}"),),
        ),
        Panel(
            title="Lateness of paced audio",
            description=(
                "How much later than planned audio went to the carrier. Beyond media.lead_ms callers hear a hole."
            ),
            unit="s",
            alert="GatewayEventLoopLag",
            queries=(
                Query(quantile(0.99, "gateway_pacer_lateness_seconds"), "99 %"),
                Query(quantile(0.5, "gateway_pacer_lateness_seconds"), "half"),
            ),
        ),
        Panel(
            title="What callers have yet to hear",
            description=(
                "Audio from Kallglot that waits for its turn, each second of each call. Kallglot may send faster "
                "than speech, so this is no delay by itself: it is how much a caller who speaks cuts off."
            ),
            unit="s",
            queries=(
                Query(quantile(0.95, "gateway_playout_queue_seconds"), "95 %"),
                Query(quantile(0.5, "gateway_playout_queue_seconds"), "half"),
            ),
        ),
    ),
)

BOARD = Board(
    name="setup",
    title="Set-up and latency",
    description="How long callers wait for the first word, and how much later every word comes for passing us.",
    sections=(_SET_UP, _LATENCY),
)
