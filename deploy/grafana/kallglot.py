"""Does Kallglot do its part?"""

from deploy.grafana.board import Board, Section
from deploy.grafana.panel import Look, Panel, Query
from deploy.grafana.promql import per_minute, quantile, rate, total

TIME_TO_OPEN = Panel(
    title="Time to open a session stream",
    description="The WebSocket to Kallglot, its handshake included.",
    unit="s",
    alert="GatewayKallglotStreamsGivenUp",
    queries=(
        Query(quantile(0.95, "gateway_kallglot_stream_connect_seconds"), "95 %"),
        Query(quantile(0.5, "gateway_kallglot_stream_connect_seconds"), "half"),
    ),
)
"""Where one looks at Kallglot, and where one looks at how long callers wait."""

_REQUESTS = Section(
    "Requests",
    (
        Panel(
            title="Requests by status",
            description="Each attempt, by what it was for and the HTTP status; error is no answer at all.",
            unit="cpm",
            look=Look.STACK,
            alert="GatewayKallglotErrors",
            queries=(
                Query(
                    per_minute("gateway_kallglot_request_duration_seconds_count", "operation, status"),
                    "{{operation}} {{status}}",
                ),
            ),
        ),
        Panel(
            title="Time to answer",
            description="95 % of the attempts are answered quicker. Callers wait for create.",
            unit="s",
            alert="GatewaySetupSlow",
            queries=(
                Query(quantile(0.95, "gateway_kallglot_request_duration_seconds", "operation"), "{{operation}} 95 %"),
                Query(quantile(0.5, "gateway_kallglot_request_duration_seconds", "operation"), "{{operation}} half"),
            ),
        ),
        Panel(
            title="Errors by code",
            description=(
                "Sessions refused, and session.error on a stream. insufficient_api_credits: nobody can be answered "
                "until credits are bought."
            ),
            unit="cpm",
            look=Look.STACK,
            alert="GatewayKallglotErrors",
            queries=(Query(per_minute("gateway_kallglot_errors_total", "code"), "{{code}}"),),
        ),
    ),
)

_STREAMS = Section(
    "Session streams",
    (
        Panel(
            title="Open streams",
            description=(
                "WebSockets to Kallglot, beside those of the carriers: without faults there are as many of each."
            ),
            unit="short",
            alert="GatewayKallglotStreamsGivenUp",
            queries=(Query(total("gateway_open_websockets", "side"), "{{side}}"),),
        ),
        Panel(
            title="Streams that broke",
            description=(
                "done: opened again within 15 seconds, the caller heard a pause. given_up: the caller heard on_failure."
            ),
            unit="cpm",
            alert="GatewayKallglotStreamsGivenUp",
            queries=(Query(per_minute("gateway_kallglot_stream_reconnects_total", "result"), "{{result}}"),),
        ),
        TIME_TO_OPEN,
        Panel(
            title="Messages from Kallglot",
            description="unknown: a type that is not documented; such messages are ignored.",
            unit="cps",
            look=Look.STACK,
            width=12,
            alert="GatewayDeadAir",
            queries=(Query(rate("gateway_kallglot_stream_messages_total", "type"), "{{type}}"),),
        ),
        Panel(
            title="Turns",
            description="Final transcripts, by who spoke.",
            unit="cpm",
            look=Look.STACK,
            width=12,
            alert="GatewayDeadAir",
            queries=(Query(per_minute("gateway_transcript_turns_total", "speaker"), "{{speaker}}"),),
        ),
    ),
)

_BILL = Section(
    "What is billed",
    (
        Panel(
            title="Session time by mode",
            description="Seconds of session in each second: how many sessions calls have at once.",
            unit="short",
            look=Look.STACK,
            width=12,
            alert="GatewayKallglotCreditsGone",
            queries=(Query(rate("gateway_session_seconds_total", "mode"), "{{mode}}"),),
        ),
        Panel(
            title="Sessions without a call",
            description=(
                "ended: closed by us, late. deferred: Kallglot could not be told yet. lost: open until Kallglot's "
                "own time limit, and billed."
            ),
            unit="cpm",
            width=12,
            alert="GatewaySessionsOrphaned",
            queries=(Query(per_minute("gateway_sessions_orphaned_total", "result"), "{{result}}"),),
        ),
    ),
)

BOARD = Board(
    name="kallglot",
    title="Kallglot API",
    description="What Kallglot answers, how soon, and what it costs.",
    sections=(_REQUESTS, _STREAMS, _BILL),
)
