import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.sidetone import Sidetone
from tests.bridge.caller_frames import speech
from tests.bridge.handset import Handset, telnyx

SAID = speech(range(40))


def test_what_kallglot_said_comes_out_by_its_length() -> None:
    sidetone = Sidetone()
    sidetone.feed(SAID[:800], PCMU_8K)
    sidetone.feed(SAID[800:1_600], PCMU_8K)
    assert sidetone.take(150) + sidetone.take(1_000) == SAID[:1_600]
    assert sidetone.take(20) == b""


def test_other_codecs_of_kallglot_s_become_ulaw() -> None:
    sidetone = Sidetone()
    for _ in range(10):
        sidetone.feed(bytes(4_800), AudioFormat(Encoding.L16, 24_000, ByteOrder.LITTLE))
    assert 980 <= len(sidetone.take(1_000)) / 8 <= 1_000


def test_what_was_cleared_is_not_heard() -> None:
    sidetone = Sidetone()
    sidetone.feed(SAID, PCMU_8K)
    sidetone.clear()
    assert sidetone.take(1_000) == b""


@pytest.mark.parametrize(
    "outgoing",
    [
        AudioFormat(Encoding.PCMU),
        AudioFormat(Encoding.PCMA),
        AudioFormat(Encoding.G722),
        AudioFormat(Encoding.L16, 16_000),
    ],
    ids=lambda outgoing: outgoing.encoding,
)
def test_who_listens_hears_what_was_said_when_the_carrier_gets_it(outgoing: AudioFormat) -> None:
    """In whatever codec that is, as it is paced, and to a few milliseconds of the codec's own."""
    heard: list[tuple[bytes, int]] = []
    handset = Handset(telnyx(outgoing), said=lambda piece, now_ms: heard.append((piece, now_ms)))
    handset.say(SAID)
    assert sum(len(piece) for piece, _ in heard) <= 400 * 8
    handset.wait(5_000)
    assert b"".join(piece for piece, _ in heard) == SAID
    assert heard[-1][1] - heard[0][1] >= len(SAID) // 8 - 600


def test_it_keeps_step_when_the_queue_overflows() -> None:
    """What is given up is not heard; what follows is not heard late."""
    heard: list[bytes] = []
    policy = PacingPolicy(lead_ms=100, queue_ms=300)
    handset = Handset(telnyx(AudioFormat(Encoding.PCMA)), policy, said=lambda piece, _now_ms: heard.append(piece))
    handset.say(SAID)
    handset.wait(5_000)
    assert len(b"".join(heard)) == len(handset.heard) < len(SAID)
    assert b"".join(heard).endswith(SAID[-800:])


def test_what_is_cleared_is_heard_by_nobody() -> None:
    """Who listens keeps step with the caller over a barge-in."""
    heard: list[bytes] = []
    handset = Handset(telnyx(AudioFormat(Encoding.PCMA)), said=lambda piece, _now_ms: heard.append(piece))
    handset.say(SAID)
    early = b"".join(heard)
    handset.downlink.clear(handset.now_ms)
    handset.say(SAID[:800])
    handset.wait(5_000)
    assert early == SAID[: len(early)]
    assert b"".join(heard)[len(early) :] == SAID[:800]
