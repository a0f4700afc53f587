from gateway.sandbox.transcript import Transcript


def test_turns_are_numbered_from_one() -> None:
    """As the quick start's sample numbers them."""
    transcript = Transcript()
    transcript.add("customer", "de", "a", 1000)
    transcript.add("agent", None, "b", 2000)

    assert [(turn.sequence, turn.speaker, turn.text) for turn in transcript.turns] == [
        (1, "customer", "a"),
        (2, "agent", "b"),
    ]
