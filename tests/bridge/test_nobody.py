from gateway.bridge.carrier_leg import CarrierEars
from gateway.bridge.events import Ending, GiveUp
from gateway.bridge.nobody import NOBODY
from gateway.calls import EndReason


def test_what_comes_after_a_call_is_nobodys() -> None:
    """A carrier that goes on talking after the end is listened to without complaint."""
    ears: CarrierEars = NOBODY

    ears.handle(GiveUp(Ending.FAILURE, EndReason.INTERNAL_ERROR))
    ears.caller_audio(())
    ears.failed(ValueError())
