"""Twilio's webhook parameters. Sans-I/O.

Reference: https://www.twilio.com/docs/voice/twiml#request-parameters, for SIP domains
https://www.twilio.com/docs/voice/api/sip-twiml, for streams https://www.twilio.com/docs/voice/twiml/stream
"""

from gateway.calls import Carrier, IncomingCall, SipOrigin, StreamStatus
from gateway.carriers.addresses import called_of, caller_of, sip_headers_of
from gateway.carriers.forms import Form, call_id_of
from gateway.carriers.reports import is_over

STREAM_EVENTS = {
    "stream-started": StreamStatus.STARTED,
    "stream-stopped": StreamStatus.STOPPED,
    "stream-error": StreamStatus.FAILED,
}

WITHHELD_NUMBERS = frozenset(
    f"{plus}{digits}"
    for plus in ("+", "")
    for digits in (
        "266696687",  # ANONYMOUS, typed on a telephone's keys
        "7378742833",  # RESTRICTED
        "2562533",  # BLOCKED
        "8566696",  # UNKNOWN
        "86282452253",  # UNAVAILABLE
    )
)
"""What Twilio puts into `From` where the caller id is missing."""


def incoming_call(form: Form) -> IncomingCall:
    """Read a voice webhook; a call from a SIP domain is told by its `SipDomain`.

    Raises:
        WebhookError: it names no call.
    """
    domain = form.get("SipDomain").lower()
    return IncomingCall(
        carrier=Carrier.TWILIO,
        carrier_call_id=call_id_of(form),
        account_id=form.get("AccountSid"),
        caller=caller_of(form.get("From"), withheld_numbers=WITHHELD_NUMBERS),
        called=called_of(form),
        sip=SipOrigin(domain, sip_headers_of(form)) if domain else None,
        error_code=form.get("ErrorCode"),
        is_over=is_over(form),
    )
