from gateway.bridge.transcripts import TranscriptLine
from gateway.calls import CallId
from gateway.web.console.captions import Caption, Captions

CALL = CallId("call_a")


def said(
    text: str, translation: str | None = None, *, speaker: str | None = "customer", final: bool = True, call: str = CALL
) -> TranscriptLine:
    return TranscriptLine(CallId(call), speaker, text, translation, is_final=final)


def test_a_line_grows_until_it_is_final() -> None:
    """Somebody who watches sees words as they are understood, and then the sentence with its translation."""
    captions = Captions()
    captions.take(said("Guten", final=False))
    captions.take(said("Guten Tag", final=False))
    assert captions.of(CALL) == (Caption("customer", "Guten Tag", "", final=False),)

    captions.take(said("Guten Tag.", "Hello."))

    assert captions.of(CALL) == (Caption("customer", "Guten Tag.", "Hello.", final=True),)


def test_what_another_is_still_saying_stays() -> None:
    """One party's final sentence does not end the other's."""
    captions = Captions()
    captions.take(said("And now", speaker=None, final=False))
    captions.take(said("Ja."))
    assert [(line.speaker, line.text) for line in captions.of(CALL)] == [("customer", "Ja."), ("", "And now")]


def test_only_the_last_lines_are_kept() -> None:
    """A call of hours takes no more room than one of a minute."""
    captions = Captions()
    for number in range(1000):
        captions.take(said(str(number)))
    assert [line.text for line in captions.of(CALL)] == ["996", "997", "998", "999"]
    captions.take(said("more", final=False))
    assert [line.text for line in captions.of(CALL)] == ["997", "998", "999", "more"]


def test_of_a_long_line_the_end_is_kept() -> None:
    """The news is at the end of a monologue."""
    captions = Captions()
    captions.take(said("a" * 10_000 + "end", "b" * 280))
    (line,) = captions.of(CALL)
    assert len(line.text) == len(line.translation) == 280
    assert line.text.startswith("…a")
    assert line.text.endswith("end")
    assert line.translation == "b" * 280


def test_a_number_that_somebody_spells_out_is_masked() -> None:
    """Also one that is cut through."""
    captions = Captions()
    captions.take(said("Meine Nummer ist 0171 2345678.", "My number is 0171 2345678."))
    captions.take(said("+14155550100" + " and so on" * 27 + " abc"))
    first, second = captions.of(CALL)
    assert first.text == "Meine Nummer ist 0*** *****78."
    assert first.translation == "My number is 0*** *****78."
    assert second.text.startswith("…***00 and so on")


def test_calls_that_are_over_are_forgotten() -> None:
    """And all of them when nobody watches any more."""
    captions = Captions()
    captions.take(said("over", call="call_b"))
    captions.take(said("live"))
    captions.keep_only({CALL})
    assert captions.of(CallId("call_b")) == ()
    assert [line.text for line in captions.of(CALL)] == ["live"]
    captions.clear()
    assert captions.of(CALL) == ()
