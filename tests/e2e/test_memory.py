"""What a call leaves behind in memory: nothing that the garbage collector would have to find."""

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
from tests.fakes.uncollected import uncollected
from tests.fakes.until import until
from tests.fakes.world import open_world

PARTS = (Relay, CarrierLeg, KallglotLeg, StreamOpener, CallMonitor)


@pytest.mark.parametrize("carrier", Carrier)
async def test_a_finished_call_needs_no_garbage_collector(tmp_path: Path, carrier: Carrier) -> None:
    """A full collection stops all audio for as long as it takes: a call that is over must not ask for one."""
    async with open_world(tmp_path) as world:
        with uncollected() as alive:
            assert not any(map(alive, PARTS))
            assert_well(await place_call(world.plan(carrier, speech=wav(chirps(0.4)), hangup_after_s=0.8)))
            await until(lambda: is_settled(world))
            await until(lambda: not any(map(alive, PARTS)), timeout_s=5)
