"""Wire messages as nobody should send them: real ones with something wrong, and plain noise."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

DATA = Path(__file__).parent.parent / "data"

ROUTES = """
[[route]]
name = "support"
mode = "bidirectional_translation"
on_failure = { say = "Please try again later." }
"""
"""A route for every call."""

_DEEP = 20_000
"""Nested brackets: more than any parser's stack takes."""

_NASTY_TEXT = (
    "", " ", "\x00", "\n", "\r\n\t", "%", "{{", "\ud800", "\udfff", "\ufffe", "\u202e", "é", "１２", "NaN", "inf",
    "-1", "1e400", "0x10", "9" * 30, "9" * 5000, "a" * 3000, "../..", "sip:", "sip:@", "sip:a@[::1", "+", "+0", "[::1",
    "ws://[", "wss://\x00/", "customer", "inbound", "outbound", "PCMU", "L16", "AMR-WB", "OPUS", "mulaw", "ended",
)  # fmt: skip
_NASTY_NUMBERS = (
    0, 1, -1, 2, 7, 255, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**40, 0.0, -0.5, 1e308,
)  # fmt: skip
_NASTY_BYTES = (b"", b"\x00", b"\xff", b"\xed\xa0\x80", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b"\r\n", b"\x80")

texts = st.one_of(st.sampled_from(_NASTY_TEXT), st.text(max_size=40))
numbers = st.one_of(st.sampled_from(_NASTY_NUMBERS), st.integers())
payloads = st.binary(max_size=700).map(lambda data: base64.b64encode(data).decode())
leaves = st.one_of(st.none(), st.booleans(), numbers, texts, payloads)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def samples(pattern: str) -> list[bytes]:
    """The files of `tests/data` that match, in one order."""
    found = [path.read_bytes() for path in sorted(DATA.glob(pattern))]
    assert found, pattern
    return found


@st.composite
def mangled(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """Bytes of which some are cut out, doubled, turned or put in."""
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 20)))
        piece = draw(
            st.one_of(st.sampled_from(_NASTY_BYTES), st.binary(max_size=8), st.just(bytes(data[start:end]) * 2))
        )
        data[start:end] = piece
    return bytes(data)


@st.composite
def wrong_json(draw: st.DrawFn, originals: Sequence[bytes]) -> bytes:
    """JSON that is well-formed and not what was agreed on: values replaced, left out, or under other names."""
    tree: Any = json.loads(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 4))):
        parents = [node for node in _nodes(tree) if isinstance(node, dict | list) and node]
        if not parents:
            break
        node = draw(st.sampled_from(parents))
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        match draw(st.sampled_from(["replace", "replace", "remove", "rename"])):
            case "replace":
                node[key] = draw(values)
            case "rename" if isinstance(node, dict):
                node[draw(texts)] = node.pop(key)
            case _:
                del node[key]
    return json.dumps(tree, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


def joined(parts: Sequence[str]) -> st.SearchStrategy[str]:
    """Text put together from these pieces."""
    return st.lists(st.sampled_from(parts), max_size=16).map("".join)


def messages(pattern: str) -> st.SearchStrategy[bytes]:
    """What might come instead of the JSON messages of `tests/data` that match; now and then one of them."""
    originals = samples(pattern)
    deep = [opening * _DEEP for opening in (b"[", b'{"a":')]
    deep += [original.replace(b"}", b',"x":' + b"[" * _DEEP, 1) for original in originals[:2]]
    return st.one_of(
        st.sampled_from(originals), wrong_json(originals), wrong_json(originals), mangled(originals),
        st.binary(max_size=60), st.sampled_from(deep),
    )  # fmt: skip


def _nodes(tree: Any) -> list[Any]:
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return [tree, *(node for child in children for node in _nodes(child))]
