"""What a call leaves behind in memory: nothing that the garbage collector would have to find."""

import gc
from pathlib import Path

import pytest

from gateway.bridge.carrier_leg import CarrierLeg
from gateway.bridge.kallglot_leg import KallglotLeg
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.opener import StreamOpener
from gateway.bridge.relay import Relay
from gateway.calls import Carrier
from gateway.simulator.call import place_call
from tests.e2e.calls import assert_well, is_settled
from tests.fakes.sounds import chirps, wav
from tests.fakes.until import until
from tests.fakes.world import open_world

PARTS = (Relay, CarrierLeg, KallglotLeg, StreamOpener, CallMonitor)


def parts_of_calls() -> list[str]:
    return [type(thing).__name__ for thing in gc.get_objects() if type(thing) in PARTS]


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_finished_call_needs_no_garbage_collector(tmp_path: Path, carrier: Carrier) -> None:
    """A full collection stops all audio for as long as it takes: a call that is over must not ask for one."""
    async with open_world(tmp_path) as world:
        gc.collect()
        gc.disable()
        try:
            assert parts_of_calls() == []
            assert_well(await place_call(world.plan(carrier, speech=wav(chirps(0.4)), hangup_after_s=0.8)))
            await until(lambda: is_settled(world))
            await until(lambda: not parts_of_calls(), timeout_s=5)
        finally:
            gc.enable()
