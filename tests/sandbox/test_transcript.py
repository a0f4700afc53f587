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


def test_the_languages_are_those_that_were_spoken() -> None:
    """Each once, in the order in which they were first heard."""
    transcript = Transcript()
    for language in ("de", None, "en", "de"):
        transcript.add("customer", language, "x", 0)

    assert transcript.languages == ["de", "en"]
