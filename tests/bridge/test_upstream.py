import base64
import json
from collections.abc import Sequence

from gateway.bridge.backlog import KEPT_MS
from gateway.bridge.chunks import Chunk
from gateway.bridge.upstream import Upstream
from gateway.telemetry.counts import CallCounts

UNIX_OFFSET_MS = 1_700_000_000_000


def _upstream(next_sequence: int = 1) -> Upstream:
    return Upstream("customer", next_sequence, UNIX_OFFSET_MS, CallCounts())


def _chunks(*numbers: int) -> list[Chunk]:
    return [Chunk(number * 100, bytes([number]) * 800) for number in numbers]


def _sequences(messages: Sequence[bytes]) -> list[int]:
    return [json.loads(message)["sequence"] for message in messages]


def test_a_chunk_is_sent_as_documented() -> None:
    """Its time is Unix time, its number counts from one."""
    [message] = _upstream().messages(_chunks(7))
    assert json.loads(message) == {
        "type": "audio.input",
        "sequence": 1,
        "timestamp_ms": UNIX_OFFSET_MS + 700,
        "speaker": "customer",
        "audio": {
            "encoding": "mulaw",
            "sample_rate_hz": 8000,
            "payload": base64.b64encode(bytes([7]) * 800).decode(),
        },
    }


def test_numbers_go_on_where_the_last_socket_stopped() -> None:
    """A caller who comes back to a session is not counted from one again."""
    upstream = _upstream(next_sequence=42)
    assert _sequences(upstream.messages(_chunks(1, 2))) == [42, 43]
    assert upstream.next_sequence == 44


def test_what_was_kept_goes_first() -> None:
    """Numbered when it is sent, so that nothing is missing between."""
    upstream = _upstream()
    upstream.keep(_chunks(1, 2))
    upstream.keep(_chunks(3))
    messages = upstream.messages(_chunks(4))
    assert _sequences(messages) == [1, 2, 3, 4]
    assert [json.loads(m)["timestamp_ms"] - UNIX_OFFSET_MS for m in messages] == [100, 200, 300, 400]
    assert upstream.messages() == []


def test_numbers_have_no_gap_for_what_had_to_go() -> None:
    """Kallglot sees a jump in time, not in count."""
    upstream = _upstream()
    upstream.keep(_chunks(*range(30)))
    messages = upstream.messages()
    assert _sequences(messages) == list(range(1, KEPT_MS // 100 + 1))


def test_what_was_sent_is_counted() -> None:
    counts = CallCounts()
    Upstream("agent", 1, 0, counts).messages(_chunks(1, 2, 3))
    assert counts.chunks_out == 3
