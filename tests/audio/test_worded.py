import json
from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.worded import Matcher, Wording, framed

WANTED, IGNORED = ("chunk", "timestamp"), ("sequenceNumber",)

is_compiled = Matcher.__module__ == "gateway.audio._worded"
compiled = pytest.mark.skipif(not is_compiled, reason="not compiled here: nothing is read by comparing")


def message(audio: bytes, chunk: object, timestamp: object, sequence: object = "7", **more: object) -> bytes:
    media = {"track": "inbound", "chunk": chunk, "timestamp": timestamp, "payload": b64encode(audio).decode()}
    return json.dumps(
        {"event": "media", "sequenceNumber": sequence, "media": media, "streamSid": "MZ1", **more}
    ).encode()


def learnt(payload: bytes = b"abc", chunk: int = 1, timestamp: int = 20) -> Wording:
    """From a message as Twilio writes it."""
    wording = Wording(WANTED, IGNORED)
    wording.learn(message(payload, str(chunk), str(timestamp)), payload, (chunk, timestamp))
    return wording


@given(st.binary(max_size=900), st.binary(max_size=40))
def test_a_message_has_its_payload_in_base64(payload: bytes, head: bytes) -> None:
    assert framed(head, payload, b"}}") == head + b'"' + b64encode(payload) + b'"}}'


def test_nothing_is_read_before_anything_was_learnt() -> None:
    wording = Wording(WANTED, IGNORED)
    assert wording.run([message(b"abc", "1", "20")]) is None
    assert wording.payload(message(b"abc", "1", "20")) is None


@compiled
@given(
    st.lists(st.binary(min_size=160, max_size=160), min_size=1, max_size=6),
    st.integers(0, 10**15),
    st.integers(0, 9**9),
)
def test_messages_that_follow_each_other_are_read_at_once(payloads: list[bytes], chunk: int, step: int) -> None:
    """Whatever the number that nobody asks for says."""
    messages = [message(p, str(chunk + i), str(i * step), str(1_000 - i)) for i, p in enumerate(payloads)]
    assert learnt().run(messages) == (b"".join(payloads), chunk, 0, step if len(payloads) > 1 else 0)


@compiled
@pytest.mark.parametrize(
    "odd",
    [
        pytest.param([message(b"abc", "2", "20"), message(b"abc", "4", "40")], id="one is missing"),
        pytest.param([message(b"abc", "2", "20"), message(b"abc", "2", "20")], id="one came twice"),
        pytest.param([message(b"a", "1", "0"), message(b"a", "2", "20"), message(b"a", "3", "41")], id="an odd step"),
        pytest.param([message(b"abc", "2", "20"), message(b"abcd", "3", "40")], id="another length"),
        pytest.param([message(b"", "2", "20")], id="no audio"),
        pytest.param([message(b"abc", "2", "20", other=1)], id="more fields"),
        pytest.param([message(b"abc", 2, "20")], id="a number without quotes"),
        pytest.param([message(b"abc", "02", "20")], id="a leading zero"),
        pytest.param([message(b"abc", "-2", "20")], id="negative"),
        pytest.param([message(b"abc", "", "20")], id="no number"),
        pytest.param([message(b"abc", "1" + "0" * 18, "20")], id="beyond 64 bits"),
        pytest.param([message(b"abc", "2", "20")[:-1]], id="cut short"),
        pytest.param([message(b"abc", "2", "20") + b"}"], id="too long"),
        pytest.param([message(b"abc", "2", "20").replace(b"YWJj", b"YWJ")], id="base64 cut short"),
        pytest.param([message(b"abc", "2", "20").replace(b"YWJj", b"YW-j")], id="no base64"),
        pytest.param([message(b"abc", "2", "20").replace(b"YWJj", b"Y===")], id="too much padding"),
        pytest.param([message(b"abc", "2", "20").replace(b"YWJj", b"YQ==YWJj")], id="padding in the middle"),
        pytest.param([message(b"abc", "2", "20").replace(b"inbound", b"outboun")], id="another track"),
        pytest.param([b""], id="empty"),
        pytest.param([], id="none"),
    ],
)
def test_what_is_not_just_so_is_left_to_the_parser(odd: list[bytes]) -> None:
    assert learnt().run(odd) is None


@compiled
@given(st.binary(max_size=900), st.integers(0, 9**9))
def test_a_payload_is_read_by_itself(payload: bytes, sequence: int) -> None:
    """Of a kind of message of which no number is wanted."""
    wording = Wording((), ("sequence",))

    def output(audio: bytes, number: int) -> bytes:
        return json.dumps({"type": "audio.output", "sequence": number, "payload": b64encode(audio).decode()}).encode()

    wording.learn(output(b"abc", 1), b"abc")
    assert wording.payload(output(payload, sequence)) == payload
    assert wording.payload(b'{"type":"pong"}') is None


@compiled
def test_a_message_that_was_changed_anywhere_is_read_as_it_is_or_not_at_all() -> None:
    """One letter, any letter: what is read then is what a parser reads."""
    whole, wording, read = message(b"0123456789ab", "12", "240"), learnt(b"0123456789ab", 12, 240), 0
    for at in range(len(whole)):
        for letter in range(256):
            changed = whole[:at] + bytes([letter]) + whole[at + 1 :]
            run = wording.run([changed])
            if run is not None:
                media = json.loads(changed)["media"]
                assert run == (
                    b64decode(media["payload"], validate=True),
                    int(media["chunk"]),
                    int(media["timestamp"]),
                    0,
                )
                read += 1
    assert read > 1_000


@compiled
@pytest.mark.parametrize(
    "misleading",
    [
        pytest.param(message(b"abc", "1", "20", payload="YWJk"), id="two payloads"),
        pytest.param(message(b"abc", "1", "20", before={"chunk": "9"}), id="two numbers"),
        pytest.param(message(b"abc", "one", "20"), id="a word for a number"),
        pytest.param(b'{"event":"stop"}', id="no payload"),
        pytest.param(message(b"abc", "2", "20"), id="not what was parsed"),
    ],
)
def test_from_what_misleads_nothing_is_learnt(misleading: bytes) -> None:
    wording = Wording(WANTED, IGNORED)
    wording.learn(misleading, b"abc", (1, 20))
    assert wording.run([misleading]) is None


@compiled
def test_another_wording_is_learnt_after_a_while() -> None:
    """A carrier that changes its mind is followed; one that has two minds does not have us learn with each message."""
    wording, other = learnt(), message(b"abc", "2", "40", more="x")
    learnt_after = 0
    while wording.run([other]) is None:
        wording.learn(other, b"abc", (2, 40))
        learnt_after += 1
    assert learnt_after == 64
