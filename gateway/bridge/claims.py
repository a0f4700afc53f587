"""Lets go of calls the moment another replica has them."""

import asyncio

from gateway.bridge.switchboard import Switchboard
from gateway.errors import StoreUnavailableError
from gateway.store.ledger import Ledger
from gateway.telemetry.logs import logger

_log = logger("claims")

_LISTEN_AGAIN_S = 0.5
"""After the store was away. What was missed meanwhile, the next renewal of the leases tells."""


async def heed_claims(ledger: Ledger, switchboard: Switchboard) -> None:
    """Follow the claims until cancelled: two replicas must never feed one session."""
    while True:
        try:
            async for claim in ledger.claims():
                relay = switchboard.find(claim.call_id)
                if relay is not None and relay.record.epoch < claim.epoch:
                    _log.info("call_claimed", call_id=claim.call_id, epoch=claim.epoch)
                    switchboard.release(claim.call_id)
        except StoreUnavailableError as exc:
            _log.warning("claims_unheard", detail=str(exc))
        await asyncio.sleep(_LISTEN_AGAIN_S)
