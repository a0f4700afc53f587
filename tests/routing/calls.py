"""Calls as carriers announce them."""

from gateway.calls import Carrier, CarrierCallId, IncomingCall, SipOrigin

TWILIO_CALL_ID = CarrierCallId("CA3e0fa2a9c7a5e4d2b1f0c9d8e7f6a5b4")


def call(
    called: str = "+14155551234",
    *,
    caller: str = "+4930123456",
    carrier: Carrier = Carrier.TWILIO,
    sip: SipOrigin | None = None,
) -> IncomingCall:
    return IncomingCall(carrier, TWILIO_CALL_ID, "AC0", caller, called, sip)
