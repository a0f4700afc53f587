"""The ledger in Redis or Valkey: for several replicas.

A call is a hash, `{gateway}:call:ID`, with its version, owner, session, record and the name of its last change; when it
is due stands in one sorted set; a session's calls in a set; what is kept of a call that is over in a string that
expires. What has to happen together happens in a script
(https://redis.io/docs/latest/develop/programmability/eval-intro/), so each step is one round trip. The braces keep all
keys in one slot of a cluster.

The client asks twice where an answer is lost, and the server may have done it the first time. Changes have names, so
that the second time does not look as if somebody else had been quicker.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.calls import CallId, SessionId
from gateway.errors import StoreUnavailableError
from gateway.store import history
from gateway.store.history import PastCall
from gateway.store.ledger import Claim, Renewal
from gateway.store.reading import read, read_legible, read_past_illegible
from gateway.store.record import CallRecord, next_version

_CALL = "{gateway}:call:"
_PAST = "{gateway}:past:"
_DUE = "{gateway}:due"
_CLAIMS = "{gateway}:claims"
_TIMEOUT_S = 1.5
"""For a round trip; a carrier waits for several of them."""
_AT_ONCE = 50
"""Questions under way, each on a connection of its own; further ones wait, no longer than for a round trip. When a
drain comes to its deadline, or Kallglot goes away, all calls ask together."""
_LISTEN_S = 1.0
"""How long to listen for a claim before listening again."""

_WORTH_ANOTHER_CONNECTION = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, RuntimeError)
"""The server has closed a pooled connection since; or gave its place to another, kept the connection, and takes nothing
written any more, while whoever asks for its name again is led to the other. RuntimeError is what uvloop raises where
something is written to a connection that was reset as it opened: the client lets it through."""

_WRITE = """
local function write(id, version, owner, session, due, record, change)
    local call = '{gateway}:call:' .. id
    redis.call('HSET', call, 'version', version, 'owner', owner, 'session', session, 'record', record, 'change', change)
    redis.call('ZADD', '{gateway}:due', due, id)
    if session ~= '' then redis.call('SADD', '{gateway}:session:' .. session, id) end
end
"""

_INSERT = (
    _WRITE
    + """
local there = redis.call('HMGET', '{gateway}:call:' .. ARGV[1], 'record', 'version', 'change')
if there[2] == ARGV[2] and there[3] == ARGV[7] then return false end
if there[1] then return there[1] end
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
return false
"""
)

_REPLACE = (
    _WRITE
    + """
local there = redis.call('HMGET', '{gateway}:call:' .. ARGV[1], 'version', 'change')
if there[1] == ARGV[2] and there[2] == ARGV[7] then return 1 end
if there[1] ~= ARGV[8] then return 0 end
write(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
redis.call('PUBLISH', '{gateway}:claims', ARGV[1] .. ' ' .. ARGV[9])
return 1
"""
)

_DELETE = """
local call = '{gateway}:call:' .. ARGV[1]
local held = redis.call('HMGET', call, 'version', 'session')
if held[1] ~= ARGV[2] then return 0 end
redis.call('DEL', call)
redis.call('ZREM', '{gateway}:due', ARGV[1])
if held[2] ~= '' then redis.call('SREM', '{gateway}:session:' .. held[2], ARGV[1]) end
return 1
"""

_RENEW = """
local taken, missing = {}, {}
for i = 3, #ARGV do
    local owner = redis.call('HGET', '{gateway}:call:' .. ARGV[i], 'owner')
    if not owner then table.insert(missing, ARGV[i])
    elseif owner == ARGV[1] then redis.call('ZADD', '{gateway}:due', ARGV[2], ARGV[i])
    else table.insert(taken, ARGV[i]) end
end
return {taken, missing}
"""

_PRESENT = """
redis.call('ZREMRANGEBYSCORE', '{gateway}:replicas', '-inf', ARGV[2])
if tonumber(ARGV[3]) > tonumber(ARGV[2]) then redis.call('ZADD', '{gateway}:replicas', ARGV[3], ARGV[1])
else redis.call('ZREM', '{gateway}:replicas', ARGV[1]) end
local all = redis.call('ZCARD', '{gateway}:replicas')
return all - (redis.call('ZSCORE', '{gateway}:replicas', ARGV[1]) and 1 or 0)
"""

_READ_DUE = """
local ids = redis.call('ZRANGEBYSCORE', '{gateway}:due', '-inf', ARGV[1], 'LIMIT', ARGV[2], ARGV[3])
local found = {}
for _, id in ipairs(ids) do
    local record = redis.call('HGET', '{gateway}:call:' .. id, 'record')
    if record then table.insert(found, record)
    else redis.call('ZREM', '{gateway}:due', id) end
end
return {found, #ids}
"""

_READ_SESSION = """
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', '{gateway}:session:' .. ARGV[1])) do
    local record = redis.call('HGET', '{gateway}:call:' .. id, 'record')
    if record then table.insert(found, record) end
end
return found
"""

_encode = msgspec.json.Encoder().encode


class RedisLedger:
    """A `Ledger` that any number of replicas share."""

    def __init__(self, client: Redis, address: str) -> None:
        self._client = client
        self._address = address
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._insert = client.register_script(_INSERT)
        self._replace = client.register_script(_REPLACE)
        self._delete = client.register_script(_DELETE)
        self._renew = client.register_script(_RENEW)
        self._present = client.register_script(_PRESENT)
        self._read_due = client.register_script(_READ_DUE)
        self._read_session = client.register_script(_READ_SESSION)

    @classmethod
    def open(cls, url: str) -> "RedisLedger":
        """A ledger at `redis://…` or `rediss://…`; nothing is connected yet, as calls in progress can do without."""
        client = Redis.from_url(
            url,
            # One more listens for claims, and one perhaps to the server that was there before.
            max_connections=_AT_ONCE + 2,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            # Once, on a new connection.
            retry=Retry(NoBackoff(), 1, _WORTH_ANOTHER_CONNECTION),  # type: ignore[arg-type]  # it takes any exception
            health_check_interval=0,
        )
        return cls(client, urlsplit(url).netloc.rpartition("@")[2])

    async def insert(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        async with self._turn():
            there: bytes | None = await self._insert(args=_row(record, due_ms))
        return None if there is None else read(record.call_id, there)

    async def get(self, call_id: CallId) -> CallRecord | None:
        async with self._turn():
            record = await self._client.hget(f"{_CALL}{call_id}", "record")
        return None if record is None else read(call_id, record)

    async def replace(self, record: CallRecord, due_ms: int) -> CallRecord | None:
        stored = next_version(record)
        async with self._turn():
            written = await self._replace(args=[*_row(stored, due_ms), record.version, stored.epoch])
        return stored if written else None

    async def delete(self, record: CallRecord) -> bool:
        async with self._turn():
            return bool(await self._delete(args=[record.call_id, record.version]))

    async def renew(self, owner: str, call_ids: Sequence[CallId], due_ms: int) -> Renewal:
        if not call_ids:
            return Renewal((), ())
        async with self._turn():
            taken, missing = await self._renew(args=[owner, due_ms, *call_ids])
        return Renewal(_ids(taken), _ids(missing))

    async def due(self, now_ms: int, limit: int) -> Sequence[CallRecord]:
        async def page(offset: int, most: int) -> tuple[list[bytes | str], bool]:
            async with self._turn():
                # A server that evicts keys leaves ids behind that are no calls any more: they are cleared away.
                stored, seen = await self._read_due(args=[now_ms, offset, most])
            return stored, seen == most

        return await read_past_illegible(page, limit)

    async def calls_of(self, session_id: SessionId) -> Sequence[CallRecord]:
        async with self._turn():
            return read_legible(await self._read_session(args=[session_id]))

    async def size(self) -> int:
        async with self._turn():
            return int(await self._client.zcard(_DUE))

    async def ping(self) -> None:
        async with self._turn():
            await self._client.ping()

    async def keep(self, call: PastCall, now_ms: int, keep_ms: int) -> None:  # noqa: ARG002 - the server has its own time
        async with self._turn():
            await self._client.set(_PAST + call.call_id, history.encode(call), px=keep_ms)

    async def recall(self, call_id: CallId, now_ms: int) -> PastCall | None:  # noqa: ARG002 - as above
        async with self._turn():
            stored = await self._client.get(_PAST + call_id)
        return history.decode(stored) if isinstance(stored, bytes) else None

    async def present(self, replica: str, now_ms: int, until_ms: int) -> int:
        async with self._turn():
            return int(await self._present(args=[replica, now_ms, until_ms]))

    async def claims(self) -> AsyncIterator[Claim]:
        async with self._faults(), self._client.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(_CLAIMS)
            while True:
                message = await heard.get_message(timeout=_LISTEN_S)
                if message is not None:
                    try:
                        call_id, _, epoch = message["data"].decode().partition(" ")
                        claim = Claim(CallId(call_id), int(epoch))
                    except ValueError:
                        continue  # nobody of ours said that
                    yield claim

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._faults():
            async with asyncio.timeout(_TIMEOUT_S):
                await self._slots.acquire()
            try:
                yield
            finally:
                self._slots.release()

    @asynccontextmanager
    async def _faults(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError, TimeoutError, RuntimeError) as exc:  # RuntimeError: as above
            raise StoreUnavailableError(f"store.url: {self._address}: {str(exc) or type(exc).__name__}") from exc


def _row(record: CallRecord, due_ms: int) -> list[str | int | bytes]:
    session_id = record.session.session_id if record.session else ""
    change = secrets.token_hex(8)
    return [record.call_id, record.version, record.owner, session_id, due_ms, _encode(record), change]


def _ids(found: list[bytes]) -> tuple[CallId, ...]:
    return tuple(CallId(call_id.decode()) for call_id in found)
