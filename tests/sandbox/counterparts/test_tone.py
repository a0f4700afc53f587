import audioop
from itertools import pairwise

from gateway.sandbox.counterparts.base import Say
from gateway.sandbox.counterparts.sound import tone
from gateway.sandbox.counterparts.tone import Tone

NOW = 1_774_522_800_000


def test_it_is_silent_until_somebody_is_heard() -> None:
    """Then it is due at once, and every 100 ms after that."""
    it = Tone()
    assert (it.next_deadline_ms(), it.due(NOW)) == (None, [])
    assert it.hear("customer", b"x", NOW) == []
    assert it.next_deadline_ms() == NOW
    assert it.due(NOW) == [Say("customer", tone(100), at_once=True)]
    assert (it.due(NOW + 99), it.next_deadline_ms()) == ([], NOW + 100)


def test_what_a_busy_moment_missed_is_made_up_for() -> None:
    """The tone is as long as the time that has passed: no drift."""
    it = Tone(20)
    it.hear("customer", b"x", NOW)

    assert len(it.due(NOW + 199)) == 10
    assert it.next_deadline_ms() == NOW + 200


def test_every_speaker_is_answered() -> None:
    """Each from his own first audio on."""
    it = Tone()
    it.hear("customer", b"x", NOW)
    it.hear("agent", b"x", NOW + 50)
    it.hear("customer", b"x", NOW + 60)

    assert [say.speaker for say in it.due(NOW + 50) if isinstance(say, Say)] == ["customer", "agent"]
    assert it.finish() == []


def test_pieces_join_without_a_seam() -> None:
    """A gap or a click of a sample would show as a jump; the tone itself never jumps as far."""
    linear = audioop.ulaw2lin(tone(100) + tone(100), 2)
    samples = [audioop.getsample(linear, 2, n) for n in range(1600)]

    assert max(abs(b - a) for a, b in pairwise(samples)) < 2700
    assert samples[800:] == samples[:800]
