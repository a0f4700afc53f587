from urllib.parse import quote_plus

from gateway.carriers.captured import captured
from gateway.carriers.twilio.mutilations import form_variants

PATH = "/webhooks/twilio/voice"
URL = f"https://a.example.com{PATH}"


def test_parameters_are_guessed_within_bounds() -> None:
    """A second's work at most, whatever is missing."""
    variants = list(form_variants(captured("POST", PATH, [], b""), URL, [("CallSid", "CA1")]))
    assert len(variants) == 7 * 2**8 - 1
    assert all(variant.url == URL for variant in variants)


def test_what_is_there_is_not_added() -> None:
    """A parameter counts once, blank or not."""
    there = [("ToZip", "1"), ("CalledZip", ""), ("Digits", "2")]
    for variant in form_variants(captured("POST", PATH, [], b""), URL, there):
        names = [name for name, _ in variant.pairs]
        assert len(names) == len(set(names))


def test_likely_guesses_come_first() -> None:
    """Blanks that were never signed, a plus that became a space."""
    first, second, *_ = form_variants(captured("POST", PATH, [], b""), URL, [("From", " 1415"), ("ToZip", "")])
    assert first.pairs == [("From", " 1415")]
    assert first.verdict == "whoever signed it left out the blank parameter ToZip, which Twilio never does"
    assert second.pairs == [("From", "+1415"), ("ToZip", "")]
    assert "the + of From reads as a space" in second.verdict


def test_a_get_may_have_been_a_post() -> None:
    """Its query was the body then, and no part of the URL."""
    target = f"{PATH}?From={quote_plus('+1')}&ToZip="
    (only,) = form_variants(captured("GET", target, [], b""), f"https://a.example.com{target}", ())
    assert (only.url, only.pairs) == (URL, [("From", "+1"), ("ToZip", "")])
    assert list(form_variants(captured("GET", PATH, [], b""), URL, ())) == []
