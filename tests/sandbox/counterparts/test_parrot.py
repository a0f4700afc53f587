import re

from gateway.sandbox.counterparts.base import Final, Partial, Reply, Say
from gateway.sandbox.counterparts.parrot import Parrot
from tests.sandbox.sounds import chunks, silence, speech


def tell(parrot: Parrot, ulaw: bytes, *, speaker: str = "customer", start_ms: int = 0) -> list[Reply]:
    """Say it in 100 ms messages, a tenth of a second apart."""
    replies: list[Reply] = []
    for number, chunk in enumerate(chunks(ulaw)):
        replies += parrot.hear(speaker, chunk, start_ms + 100 * number)
    return replies


def seconds(text: str) -> float:
    found = re.fullmatch(r"\[(\d+\.\d) s of speech\]", text)
    assert found is not None, text
    return float(found[1])


def test_a_sentence_is_said_back_in_the_bytes_it_was_heard() -> None:
    """Recorded speech between silences: one turn, no byte of it changed."""
    audio = silence(1000) + speech() + silence(1000)
    replies = tell(Parrot(), audio)

    final, say = [reply for reply in replies if not isinstance(reply, Partial)]
    assert isinstance(final, Final)
    assert isinstance(say, Say)
    assert say.ulaw in audio
    assert speech()[2000:-2000] in say.ulaw
    assert not say.at_once
    assert 2.0 <= seconds(final.text) <= 2.8
    assert 1000 <= final.began_ms <= 1300


def test_partials_tell_how_long_somebody_has_been_speaking() -> None:
    """About one a second, each longer than the one before."""
    partials = [reply for reply in tell(Parrot(), speech()) if isinstance(reply, Partial)]

    assert [round(seconds(partial.text)) for partial in partials] == [1, 2]


def test_silence_is_not_answered() -> None:
    """Digital silence and the faint noise of a line."""
    noise = b"".join(bytes([0xFF, 0x7F, 0xFE, 0x7E])[step % 4 : step % 4 + 1] for step in range(16_000))

    assert tell(Parrot(), silence(2000) + noise) == []


def test_two_speakers_are_told_apart() -> None:
    """Each has turns of their own, though their audio comes interleaved."""
    parrot = Parrot()
    replies: list[Reply] = []
    for chunk in chunks(speech() + silence(700)):
        replies += parrot.hear("customer", chunk, 0)
        replies += parrot.hear("agent", silence(100), 0)

    assert {reply.speaker for reply in replies} == {"customer"}


def test_the_end_of_the_session_ends_an_open_turn() -> None:
    """It stands in the transcript; there is nobody left to say it to. Who was silent is not mentioned."""
    parrot = Parrot()
    tell(parrot, silence(500) + speech(), start_ms=10_000)
    tell(parrot, silence(500), speaker="agent")

    [final] = parrot.finish()
    assert isinstance(final, Final)
    assert (final.speaker, final.began_ms) == ("customer", 10_500)
    assert parrot.finish() == []


def test_a_turn_within_one_message_began_with_it() -> None:
    """A client may send seconds of audio at once."""
    final, _say = [
        reply for reply in Parrot().hear("customer", speech() + silence(700), 5000) if not isinstance(reply, Partial)
    ]

    assert isinstance(final, Final)
    assert final.began_ms == 5000
