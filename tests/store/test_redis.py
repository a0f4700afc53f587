import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvloop
from msgspec import structs
from redis.asyncio import Redis

from gateway.errors import StoreUnavailableError
from gateway.store.ledger import Claim
from gateway.store.redis import RedisLedger
from tests.fakes.resets import resetting_port
from tests.fakes.tap import tapped
from tests.fakes.valkey import Valkey, free_port, valkey
from tests.store.ledgers import a_call


async def test_a_server_that_is_away_is_unavailable() -> None:
    """Whoever asks is told at once, by the setting's name and without its password."""
    ledger = RedisLedger.open(f"redis://:secret@127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError, match=r"store\.url: 127") as caught:
        await ledger.ping()
    assert "secret" not in str(caught.value)
    await ledger.close()


def test_a_connection_that_is_reset_at_once_is_unavailability() -> None:
    """A proxy that has lost its server does it to all; on the gateway's own event loop it ended every call."""

    async def ask_in_vain() -> None:
        with resetting_port() as port:
            ledger = RedisLedger.open(f"redis://127.0.0.1:{port}/0")
            for ask in (ledger.ping, lambda: ledger.insert(a_call(), due_ms=10), lambda: anext(ledger.claims())):
                with pytest.raises(StoreUnavailableError, match=r"store\.url"):
                    await ask()
            await ledger.close()

    uvloop.run(ask_in_vain())


async def test_recovers_by_itself_when_the_server_is_back(tmp_path: Path) -> None:
    """A restarted store needs nobody to restart the gateway, scripts and all."""
    with Valkey(tmp_path) as server:
        ledger = RedisLedger.open(server.url)
        await ledger.insert(a_call(), due_ms=10)
        server.stop()
        with pytest.raises(StoreUnavailableError):
            await ledger.get(a_call().call_id)
        server.start()
        assert await ledger.get(a_call().call_id) == a_call()
        assert await ledger.replace(a_call(), due_ms=20) is not None
        await ledger.close()


async def test_all_calls_may_ask_at_once(tmp_path: Path) -> None:
    """A drain comes to its deadline, or Kallglot goes away: the store is there, and every end is written down."""
    with valkey(tmp_path) as url:
        ledger = RedisLedger.open(url)
        calls = [a_call(str(number)) for number in range(150)]
        assert await asyncio.gather(*(ledger.insert(call, due_ms=10) for call in calls)) == [None] * len(calls)
        await ledger.close()


async def test_a_change_whose_answer_was_lost_is_no_lost_race(tmp_path: Path) -> None:
    """The client asks again, and is told of its own change: else a ticket would look used, and an end unwritten."""
    with valkey(tmp_path) as url:
        async with tapped() as tap:
            tap.target_port = int(urlsplit(url).port or 0)
            ledger = RedisLedger.open(f"redis://127.0.0.1:{tap.port}/0")
            first, second = a_call("first"), a_call("second")
            # The scripts are there from now on.
            await ledger.insert(first, due_ms=10)
            known = await ledger.replace(first, due_ms=20)
            assert known is not None

            tap.lose_answer()
            changed = await ledger.replace(structs.replace(known, owner="there"), due_ms=30)
            assert changed is not None
            assert await ledger.get(first.call_id) == changed
            tap.lose_answer()
            assert await ledger.insert(second, due_ms=10) is None
            assert await ledger.insert(second, due_ms=10) == second
            assert await ledger.replace(known, due_ms=30) is None
            await ledger.close()


async def test_follows_the_name_to_another_server_while_the_old_one_stays_up(tmp_path: Path) -> None:
    """After a planned failover the old server is a replica: it keeps our connections and refuses all that we write."""
    folders = tmp_path / "old", tmp_path / "new"
    for folder in folders:
        folder.mkdir()
    with Valkey(folders[0]) as old, Valkey(folders[1]) as new:
        async with tapped() as name, Redis.from_url(old.url) as owner:
            name.target_port = old.port
            ledger = RedisLedger.open(f"redis://127.0.0.1:{name.port}/0")
            try:
                assert await ledger.insert(a_call("before"), due_ms=10) is None
                await owner.replicaof("127.0.0.1", new.port)
                name.target_port = new.port

                assert await ledger.insert(a_call("after"), due_ms=10) is None
                assert await ledger.get(a_call("after").call_id) is not None
            finally:
                await ledger.close()


async def test_what_the_server_has_thrown_away_keeps_no_other_waiting(tmp_path: Path) -> None:
    """A server that may evict keys forgets a call, but not that it was due."""
    with valkey(tmp_path) as url:
        ledger, server = RedisLedger.open(url), Redis.from_url(url)
        await server.zadd("{gateway}:due", {"call_gone1": 1, "call_gone2": 2, "call_gone3": 3})
        await ledger.insert(a_call(), due_ms=100)
        assert [r.call_id for r in await ledger.due(now_ms=200, limit=2)] == [a_call().call_id]
        await server.aclose()
        await ledger.close()


async def test_every_replica_hears_who_claims_a_call(tmp_path: Path) -> None:
    """The replica that held the call's old stream lets go the moment another one has it."""
    with valkey(tmp_path) as url:
        here, there = RedisLedger.open(url), RedisLedger.open(url)
        record = a_call()
        await here.insert(record, due_ms=10)
        heard: asyncio.Queue[Claim] = asyncio.Queue()

        async def listen() -> None:
            async for claim in here.claims():
                await heard.put(claim)

        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen())
            claimed = structs.replace(record, epoch=3)
            while heard.empty():
                # The subscription may not be there yet: claims are repeated until one is heard.
                claimed = await there.replace(claimed, due_ms=10) or claimed
                await asyncio.sleep(0.01)
            assert await heard.get() == Claim(record.call_id, 3)
            listening.cancel()
        await here.close()
        await there.close()


async def test_listening_ends_with_the_server(tmp_path: Path) -> None:
    """Whoever listens is told, and listens again when the store is back."""
    with Valkey(tmp_path) as server:
        ledger = RedisLedger.open(server.url)
        claims = ledger.claims()
        first = asyncio.ensure_future(anext(claims))  # noqa: TID251 - awaited below
        await ledger.ping()
        server.stop()
        with pytest.raises(StoreUnavailableError):
            await asyncio.wait_for(first, 10)
        await ledger.close()


async def test_replicas_know_how_many_others_there_are(tmp_path: Path) -> None:
    """A replica that has to go knows whether anybody is left to take its calls."""
    with valkey(tmp_path) as url:
        ledger = RedisLedger.open(url)
        assert await ledger.present("here", now_ms=0, until_ms=100) == 0
        assert await ledger.present("there", now_ms=0, until_ms=50) == 1
        assert await ledger.present("here", now_ms=10, until_ms=110) == 1
        assert await ledger.present("there", now_ms=20, until_ms=0) == 1
        assert await ledger.present("here", now_ms=30, until_ms=130) == 0
        assert await ledger.present("late", now_ms=131, until_ms=200) == 0
        await ledger.close()


async def test_the_password_is_rotated_while_both_are_valid(tmp_path: Path) -> None:
    """What the guide says: one more is set, replicas change over, the old one is taken away."""

    def ledger(url: str, password: str) -> RedisLedger:
        return RedisLedger.open(url.replace("redis://", f"redis://gateway:{password}@"))

    with valkey(tmp_path) as url:
        async with Redis.from_url(url) as owner:
            await owner.acl_setuser(
                "gateway", enabled=True, passwords=["+OLD"], keys=["*"], channels=["*"], categories=["+@all"]
            )
            before = ledger(url, "OLD")
            await before.insert(a_call(), due_ms=10)
            await owner.acl_setuser("gateway", enabled=True, passwords=["+NEW"])
            after = ledger(url, "NEW")
            assert await after.get(a_call().call_id) == await before.get(a_call().call_id) == a_call()
            await before.close()
            await owner.acl_setuser("gateway", enabled=True, passwords=["-OLD"])
            assert await after.get(a_call().call_id) == a_call()
            await after.close()
        late = ledger(url, "OLD")
        with pytest.raises(StoreUnavailableError, match=r"store\.url"):
            await late.ping()
        await late.close()
