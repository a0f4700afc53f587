"""Why a simulated call never got as far as a media stream. Sans-I/O."""

from gateway.simulator.report import CallReport, EndedBy

_FORBIDDEN = 403


def trouble(report: CallReport) -> str:
    """What stood in the way, "" where a media socket was opened."""
    if report.media_connected_ms is not None:
        return ""
    if report.refused_media:
        refusal = report.refused_media[0]
        answer = f"HTTP {refusal.status}" if refusal.status else "no answer"
        return f"the media socket was refused: {refusal.reason} ({answer})"
    match report.ended_by:
        case EndedBy.WEBHOOK_FAILED:
            return _webhook_failed(report.webhook_statuses[-1])
        case EndedBy.REJECT:
            return "the gateway rejected the call: no route answers this number, or it is full"
        case EndedBy.DOCUMENT_INVALID:
            complaints = "; ".join(complaint.detail for complaint in report.complaints)
            return f"what the gateway answered is no document: {complaints}"
        case _:
            words = f", saying {report.said[-1]!r}" if report.said else ""
            return f"the call was ended without a media stream ({report.ended_by}){words}"


def _webhook_failed(status: int) -> str:
    if not status:
        return "the gateway did not answer the webhook"
    refused = f"the gateway refused the webhook: HTTP {status}"
    if status != _FORBIDDEN:
        return refused
    return f"{refused}; it has to be signed with a secret that the gateway knows, and for its public_url"
