"""Telnyx' TeXML webhook parameters. Sans-I/O.

Reference: https://developers.telnyx.com/docs/voice/programmable-voice/texml-instruction-fetching, for streams
https://developers.telnyx.com/api-reference/callbacks/texml-stream
"""

from gateway.calls import Carrier, IncomingCall, SipOrigin, StreamStatus
from gateway.carriers.addresses import called_of, caller_of, is_e164, is_sip, sip_headers_of, sip_host, sip_uri
from gateway.carriers.forms import Form, call_id_of
from gateway.carriers.reports import is_over

STREAM_EVENTS = {
    "stream-started": StreamStatus.STARTED,
    "stream-stopped": StreamStatus.STOPPED,
    "stream-failed": StreamStatus.FAILED,
}


def incoming_call(form: Form) -> IncomingCall:
    """Read a voice webhook; a call over SIP is told by `CallingPartyType=sip`.

    Telnyx sends `FromSipUri` and `ToSipUri` with every call, but only a SIP caller has an address there: of a
    telephone call it is the number at a media server. So a SIP caller is known by `FromSipUri`; who was called is `To`
    where that is a number (a SIP phone may dial one of ours), else `ToSipUri`, whose host is the SIP domain.

    Raises:
        WebhookError: it names no call.
    """
    called, caller = called_of(form), form.get("From")
    sip = None
    if form.get("CallingPartyType").lower() == "sip" or is_sip(called):
        called_uri = form.get("ToSipUri") or called
        sip = SipOrigin(sip_host(called_uri), sip_headers_of(form))
        caller = _sip_caller(form)
        called = called if is_e164(called) or not called_uri else sip_uri(called_uri)
    return IncomingCall(
        carrier=Carrier.TELNYX,
        carrier_call_id=call_id_of(form),
        account_id=form.get("AccountSid"),
        caller=caller_of(caller),
        called=called,
        sip=sip,
        error_code=form.get("ErrorCode"),
        is_over=is_over(form),
    )


def _sip_caller(form: Form) -> str:
    """`From` says so where the caller withheld the address that `FromSipUri` would still tell."""
    shown = form.get("From")
    uri = form.get("FromSipUri")
    return sip_uri(uri) if uri and caller_of(shown) else shown
