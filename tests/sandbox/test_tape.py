import audioop

from gateway.sandbox.tape import SILENCE, new_tape

NOW = 1_000_000


def test_each_party_is_on_a_channel_of_its_own() -> None:
    """The customer on the one, the agent on the other, of one length."""
    tape = new_tape()
    tape.hear("customer", b"\x10" * 800, NOW)
    tape.hear("agent", b"\x20" * 400, NOW)
    tape.say(b"\x30" * 800, NOW)
    customer, agent = tape.channels()

    assert customer == audioop.ulaw2lin(b"\x10" * 800, 2)
    assert agent == audioop.ulaw2lin(b"\x20" * 400 + SILENCE * 400, 2)
    assert tape.length_ms == 100


def test_where_no_agent_speaks_kallglot_is_the_other_party() -> None:
    """What was said in reply is what the customer heard."""
    tape = new_tape()
    tape.hear("customer", b"\x10" * 800, NOW)
    tape.say(b"\x30" * 800, NOW + 100)

    assert tape.channels()[1] == audioop.ulaw2lin(b"\x30" * 800, 2)


def test_a_pause_is_as_long_as_it_was() -> None:
    """Two chunks a second apart: silence lies between them."""
    tape = new_tape()
    tape.hear("customer", b"\x10" * 800, NOW)
    tape.hear("customer", b"\x20" * 800, NOW + 1000)
    customer, _ = tape.channels()

    assert len(customer) == 2 * 8 * 1000
    assert customer[1600:-1600] == audioop.ulaw2lin(SILENCE * 6400, 2)


def test_chunks_that_are_a_little_late_join_on() -> None:
    """Jitter is not heard."""
    tape = new_tape()
    for number in range(10):
        tape.hear("customer", b"\x10" * 800, NOW + 100 * number + 70 * (number % 2))

    assert tape.length_ms == 1000


def test_the_second_speaker_begins_when_he_begins() -> None:
    """Not at the start of the session."""
    tape = new_tape()
    tape.hear("customer", b"\x10" * 800, NOW)
    tape.hear("agent", b"\x20" * 800, NOW + 2100)

    assert bytes(tape.agent.ulaw) == SILENCE * 16_000 + b"\x20" * 800


def test_an_empty_tape_has_no_length() -> None:
    """Nobody said anything."""
    assert (new_tape().length_ms, new_tape().channels()) == (0, (b"", b""))
