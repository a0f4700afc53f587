"""What is left of a text that goes into XML."""

from xml.etree.ElementTree import Element, fromstring, tostring

from hypothesis import given
from hypothesis import strategies as st

from gateway.carriers.markup import legal


def test_control_characters_are_dropped() -> None:
    """Tab and line breaks are characters of XML, the other controls are not."""
    assert legal("a\x00b\x08c\td\ne\x1f\ud800\ufffe\uffffä😀") == "abc\td\neä😀"


@given(st.text(st.characters()))
def test_what_is_left_can_be_parsed(text: str) -> None:
    """No greeting can break the document that holds it."""
    element = Element("Say")
    element.text = legal(text)
    spoken = fromstring(tostring(element, encoding="unicode")).text or ""  # noqa: S314 - our own XML
    assert spoken == legal(text).replace("\r\n", "\n").replace("\r", "\n")
