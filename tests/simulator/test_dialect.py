import json

import pytest

from gateway.audio.formats import PCMU_8K
from gateway.simulator.dialect import CallStatus, CarrierDialect, Clear, Leg, Mark, StreamEvent
from gateway.simulator.markup import Stream
from gateway.simulator.telnyx.carrier import TelnyxCarrier
from gateway.simulator.twilio.carrier import TwilioCarrier

LEG = Leg("call-1", "account-1", "+14155550100", "+14155551234")
CARRIERS: list[CarrierDialect] = [TwilioCarrier(LEG, None), TelnyxCarrier(LEG, None)]


@pytest.mark.parametrize("carrier", CARRIERS, ids=["twilio", "telnyx"])
def test_both_carriers_keep_the_promise(carrier: CarrierDialect) -> None:
    """A call can be run without knowing whose it is: every webhook names it, every stream begins and ends."""
    for parameters in (
        carrier.voice(answered=False),
        carrier.ended(CallStatus.COMPLETED, 1, 0),
        carrier.stream_event(StreamEvent.STARTED, "s", "n", "", 0),
    ):
        assert dict(parameters)["CallSid"] == "call-1"
        assert len(dict(parameters)) == len(parameters)
    terms = carrier.terms(Stream("wss://x/m", {"bidirectionalMode": "rtp"}), PCMU_8K)
    stream = carrier.stream("stream-1", terms)
    messages = [stream.connected(), stream.start(), stream.media(b"a", 20), stream.dtmf("1", 0), stream.stop()]
    assert [json.loads(message)["event"] for message in messages] == ["connected", "start", "media", "dtmf", "stop"]
    own = json.loads(stream.mark("m"))
    echoed = {key: own[key] for key in ("event", "streamSid", "mark") if key in own}
    assert stream.read(json.dumps(echoed)) == [Mark("m")]
    del echoed["mark"]
    assert stream.read(json.dumps(echoed | {"event": "clear"})) == [Clear()]
