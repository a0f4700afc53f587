"""Is there room, and are the replicas well?"""

from deploy.grafana.board import Board, Section
from deploy.grafana.panel import Look, Panel, Query
from deploy.grafana.promql import REPLICA, of, rate, recorded, total

_ROOM = Section(
    "Room",
    (
        Panel(
            title="Saturation",
            description=("Live calls for every call that a replica takes; at 100 % new callers are turned away there."),
            unit="percentunit",
            limit=0.85,
            alert="GatewayNearCapacity",
            queries=(
                Query(
                    recorded("job_instance:gateway_saturation:ratio", 'instance=~"$instance"'),
                    "{{instance}} {{worker}}",
                ),
            ),
        ),
        Panel(
            title="Calls and room for them",
            description="Live calls, and how many the replicas would take (admission.max_calls each).",
            unit="short",
            alert="GatewayNearCapacity",
            queries=(
                Query(total("gateway_calls_active"), "calls"),
                Query(total("gateway_capacity_calls"), "room"),
            ),
        ),
        Panel(
            title="Calls on each replica",
            description="Uneven where the load balancer does not spread new connections.",
            unit="short",
            look=Look.STACK,
            alert="GatewayNearCapacity",
            queries=(Query(total("gateway_calls_active", "instance"), "{{instance}}"),),
        ),
        Panel(
            title="Admission",
            description="Whether a replica takes another call, and why not.",
            unit="none",
            words=("open", "full", "overloaded", "draining"),
            alert="GatewayRefusals",
            queries=(Query(of("gateway_admission_state"), "{{instance}} {{worker}}"),),
        ),
        Panel(
            title="Draining",
            description="Replicas on their way out: their calls end, or move to another.",
            unit="short",
            alert="GatewayForcedCuts",
            queries=(Query(total("gateway_draining"), "draining"),),
        ),
        Panel(
            title="Open WebSockets",
            description="The carriers' media sockets and the streams to Kallglot.",
            unit="short",
            queries=(Query(total("gateway_open_websockets", "instance, side"), "{{instance}} {{side}}"),),
        ),
    ),
)

_RUNTIME = Section(
    "Runtime",
    (
        Panel(
            title="Event loop lag, p99",
            description=(
                "How late a timer was. From admission.max_lag_ms (50 ms) new callers are turned away; from 0.4 s "
                "callers hear holes."
            ),
            unit="s",
            limit=0.05,
            alert="GatewayEventLoopLag",
            queries=(
                Query(
                    recorded("job_instance:gateway_event_loop_lag_seconds:p99_5m", 'instance=~"$instance"'),
                    "{{instance}} {{worker}}",
                ),
            ),
        ),
        Panel(
            title="Event loop lag",
            description=(
                "All looks at the clock, ten a second and replica: a second band is something that takes the core "
                "now and then."
            ),
            unit="s",
            look=Look.HEAT,
            width=16,
            alert="GatewayEventLoopLag",
            queries=(Query(rate("gateway_event_loop_lag_seconds_bucket", "le"), "{{le}}"),),
        ),
        Panel(
            title="CPU",
            description="Cores in use. A replica has one event loop, so it can use one and a little.",
            unit="none",
            alert="GatewayEventLoopLag",
            queries=(Query(rate("process_cpu_seconds_total", "instance"), "{{instance}}"),),
        ),
        Panel(
            title="CPU for each live call",
            description=(
                "Thousandths of a core for each call; a replica that needs more than the others is a slower "
                "machine, or transcodes."
            ),
            unit="ms",
            alert="GatewayEventLoopLag",
            queries=(
                Query(
                    f"1000 * {rate('process_cpu_seconds_total', 'instance')}\n"
                    f"  / ({total('gateway_calls_active', 'instance')} > 0)",
                    "{{instance}}",
                ),
            ),
        ),
        Panel(
            title="Memory",
            description="Resident memory. It follows the calls; what only ever grows is a leak.",
            unit="bytes",
            alert="GatewayDown",
            queries=(Query(total("process_resident_memory_bytes", "instance"), "{{instance}}"),),
        ),
        Panel(
            title="Open files",
            description="File descriptors in use, for each one allowed. A call has two sockets.",
            unit="percentunit",
            queries=(Query(f"{of('process_open_fds')} / {of('process_max_fds')}", "{{instance}} {{worker}}"),),
        ),
        Panel(
            title="Time to be scraped",
            description="How long a replica took to tell Prometheus all this. It is taken from the event loop.",
            unit="s",
            alert="GatewayEventLoopLag",
            queries=(Query(f"scrape_duration_seconds{{{REPLICA}}}", "{{instance}}"),),
        ),
    ),
)

_TRAFFIC = Section(
    "Traffic",
    (
        Panel(
            title="Media messages",
            description="From (in) and to (out) the carriers: 50 a second for each call that comes in.",
            unit="cps",
            look=Look.STACK,
            width=12,
            queries=(Query(rate("gateway_media_frames_total", "carrier, direction"), "{{carrier}} {{direction}}"),),
        ),
        Panel(
            title="Audio",
            description="Its bytes, base64 and messages taken off: 8,000 a second and direction for G.711.",
            unit="Bps",
            look=Look.STACK,
            width=12,
            queries=(Query(rate("gateway_media_bytes_total", "carrier, direction"), "{{carrier}} {{direction}}"),),
        ),
    ),
)

BOARD = Board(
    name="capacity",
    title="Capacity and runtime",
    description="Whether there is room for more calls, and whether the replicas keep up with those they have.",
    sections=(_ROOM, _RUNTIME, _TRAFFIC),
)
