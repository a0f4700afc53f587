"""How do calls sound?"""

from deploy.grafana.board import Board, Section
from deploy.grafana.panel import Look, Panel, Query
from deploy.grafana.promql import per_minute, quantile, rate, recorded

_UNSEEN = (
    "A media stream is a WebSocket, and a WebSocket is TCP: what is lost between carrier and gateway is sent "
    "again, and is seen here only as jitter, stalls and delay, never as loss. What the caller's own line lost "
    "before the carrier is seen only where the carrier leaves a hole in its timestamps, and what happens to "
    "audio after the carrier has it is not seen at all. So this is an upper bound: of the part that passes the "
    "gateway."
)

_SCORES = Section(
    "Scores",
    (
        Panel(
            title="MOS, the worst twentieth",
            description=(
                "E-model (ITU-T G.107) estimate of each call every ten seconds and at its end; one rating in twenty "
                "is lower, over 15 minutes and all replicas. 4.4 is perfect for G.711, below 3.6 many are "
                f"dissatisfied. in: what Kallglot hears of the caller; out: what the caller hears. {_UNSEEN}"
            ),
            unit="none",
            limit=3.6,
            bad_below=True,
            floor=1,
            alert="GatewayMosLow",
            queries=(Query(recorded("job_carrier_direction:gateway_call_mos:p5_15m"), "{{carrier}} {{direction}}"),),
        ),
        Panel(
            title="MOS of half the calls",
            description=f"E-model estimate; half of the ratings are lower. {_UNSEEN}",
            unit="none",
            limit=3.6,
            bad_below=True,
            floor=1,
            alert="GatewayMosLow",
            queries=(Query(quantile(0.5, "gateway_call_mos", "carrier, direction"), "{{carrier}} {{direction}}"),),
        ),
        Panel(
            title="R of the worst twentieth",
            description=(
                f"The E-model's rating behind the MOS: 93.2 is perfect for G.711, 70 is a MOS of 3.6. {_UNSEEN}"
            ),
            unit="none",
            limit=70,
            bad_below=True,
            alert="GatewayMosLow",
            queries=(
                Query(quantile(0.05, "gateway_call_r_factor", "carrier, direction"), "{{carrier}} {{direction}}"),
            ),
        ),
        Panel(
            title="Ratings by MOS",
            description=f"How many ratings were in each band; two bands are two kinds of calls. {_UNSEEN}",
            unit="none",
            look=Look.HEAT,
            width=24,
            alert="GatewayMosLow",
            queries=(Query(rate("gateway_call_mos_bucket", "le"), "{{le}}"),),
        ),
    ),
)

_TROUBLES = Section(
    "What callers would complain of",
    (
        Panel(
            title="One-way calls",
            description=(
                "Frames flowed, but one side was flat for ten seconds while the other spoke. in: the caller is not "
                "heard; out: Kallglot is not."
            ),
            unit="cpm",
            width=6,
            alert="GatewayOneWayCalls",
            queries=(Query(per_minute("gateway_one_way_calls_total", "direction"), "{{direction}}"),),
        ),
        Panel(
            title="Dead air",
            description="Times neither side spoke for eight seconds, by whose turn it was.",
            unit="cpm",
            width=6,
            alert="GatewayDeadAir",
            queries=(Query(per_minute("gateway_dead_air_events_total", "cause"), "{{cause}}"),),
        ),
        Panel(
            title="Flags raised",
            description=(
                "Each time a call was found to be in trouble, those beside included: wrong_companding is A-law read as "
                "μ-law, clipping a voice too loud for the codec, caller_silent a caller who has never said a word."
            ),
            unit="cpm",
            width=6,
            queries=(Query(per_minute("gateway_call_flags_total", "flag"), "{{flag}}"),),
        ),
        Panel(
            title="What the carriers complain of",
            description="Stream errors and warnings by code. 31921 is said of every stream that we end.",
            unit="cpm",
            width=6,
            alert="GatewayCarrierStreamErrors",
            queries=(
                Query(per_minute("gateway_carrier_stream_errors_total", "carrier, code"), "{{carrier}} {{code}}"),
            ),
        ),
    ),
)

_FROM_CALLER = Section(
    "From the caller",
    (
        Panel(
            title="Missing audio",
            description=(
                "20 ms frames that the caller's audio lacked, of all that there should have been, over all replicas."
            ),
            unit="percentunit",
            limit=0.005,
            alert="GatewayGaps",
            queries=(Query(recorded("job_carrier:gateway_media_gaps:ratio5m"), "{{carrier}}"),),
        ),
        Panel(
            title="Frames out of place",
            description=(
                "reordered: came before an earlier one, and were put right. duplicate: came twice. late: came after "
                "media.reorder_window_ms, when their place had been given up; they are missing audio too. odd: did not "
                "hold 20 ms, which does no harm by itself."
            ),
            unit="cps",
            alert="GatewayGaps",
            queries=(
                Query(rate("gateway_media_reordered_frames_total", "carrier"), "{{carrier}} reordered"),
                Query(rate("gateway_media_duplicate_frames_total", "carrier"), "{{carrier}} duplicate"),
                Query(rate("gateway_media_late_frames_total", "carrier"), "{{carrier}} late"),
                Query(rate("gateway_media_odd_frames_total", "carrier"), "{{carrier}} odd"),
            ),
        ),
        Panel(
            title="Jitter",
            description=(
                "RFC 3550 inter-arrival jitter of the frames, its highest in each second of each call: 95 % are below. "
                "The stream is TCP, so what was lost on the way and sent again shows here. A frame is 0.02 s."
            ),
            unit="s",
            alert="GatewayMosLow",
            queries=(
                Query(quantile(0.95, "gateway_media_interarrival_jitter_seconds", "carrier"), "{{carrier}} 95 %"),
                Query(quantile(0.5, "gateway_media_interarrival_jitter_seconds", "carrier"), "{{carrier}} half"),
            ),
        ),
        Panel(
            title="Stalls",
            description="Times a carrier sent no frame for longer than media.stall_ms.",
            unit="cpm",
            alert="GatewayMosLow",
            queries=(Query(per_minute("gateway_media_stalls_total", "carrier"), "{{carrier}}"),),
        ),
        Panel(
            title="Silence put in",
            description="Seconds of silence in each second, over all calls, put where audio was missing.",
            unit="s",
            alert="GatewayGaps",
            queries=(Query(rate("gateway_concealed_seconds_total", "direction"), "{{direction}}"),),
        ),
        Panel(
            title="Audio thrown away",
            description=(
                "Media messages that were not passed on, by why. in, not_ready: Kallglot was away too long. out, "
                "queue_full: Kallglot sent more than is kept for a caller. out, cleared: the caller spoke, as "
                "intended."
            ),
            unit="cps",
            alert="GatewayGaps",
            queries=(
                Query(rate("gateway_media_frames_dropped_total", "direction, reason"), "{{direction}} {{reason}}"),
            ),
        ),
    ),
)

_TO_CALLER = Section(
    "To the caller",
    (
        Panel(
            title="Underruns",
            description="Times a carrier ran out of audio in the middle of an utterance: callers hear a hole.",
            unit="cpm",
            alert="GatewayMosLow",
            queries=(Query(per_minute("gateway_playout_underruns_total"), "underruns"),),
        ),
        Panel(
            title="Audio thrown away on purpose",
            description="Times what a caller was yet to hear was thrown away, by why.",
            unit="cpm",
            queries=(Query(per_minute("gateway_clears_total", "cause"), "{{cause}}"),),
        ),
        Panel(
            title="Marks",
            description="Utterances by what became of them at the carrier: played to the end, or cleared.",
            unit="cpm",
            queries=(Query(per_minute("gateway_marks_total", "result"), "{{result}}"),),
        ),
        Panel(
            title="How far callers are behind",
            description=(
                "How much later than it should each mark came back: 95 % are below. A carrier's own buffer is in it; "
                "more is a carrier that reads slowly, or plays late."
            ),
            unit="s",
            queries=(Query(quantile(0.95, "gateway_mark_lateness_seconds", "carrier"), "{{carrier}}"),),
        ),
    ),
)

BOARD = Board(
    name="quality",
    title="Call quality",
    description="How calls sound, both ways, as far as it can be seen from a media stream.",
    sections=(_SCORES, _TROUBLES, _FROM_CALLER, _TO_CALLER),
)
