"""With a pair of languages of our own: real programs in a real pipe, that answer as Apertium's do."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.speech.translate import MODES, Apertium, escape, find_mode, read_mode, unescape

PROGRAM = f"""#!{sys.executable}
import os, sys
assert sys.argv[1] == "-z", sys.argv
work = sys.argv[2]
rest = b""
while data := os.read(0, 65536):
    *texts, rest = (rest + data).split(b"\\0")
    for text in texts:
        words = text.removesuffix(b"[][\\n]").decode()
        if work == "die" and "die" in words:
            sys.exit(1)
        if work == "sleep":
            continue
        words = words.upper() if work == "upper" else words[::-1] if work == "reverse" else words
        os.write(1, words.encode() + b"[][\\n]\\0")
"""


@pytest.fixture
def modes(tmp_path: Path) -> Path:
    program = tmp_path / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    for name, works in {
        "eng-spa": ["upper $1", "'reverse'"],
        "fr-es": ["upper"],
        "eng-cat": ["die", "upper"],
        "eng-glg": ["sleep"],
    }.items():
        (tmp_path / f"{name}.mode").write_text(" | ".join(f"'{program}' {work}" for work in works) + "\n")
    (tmp_path / "eng-eus.mode").write_text(f"{program} upper | {tmp_path}/missing")
    return tmp_path


@pytest.fixture
def apertium(modes: Path) -> Iterator[Apertium]:
    translator = Apertium(modes, answer_s=5.0)
    yield translator
    translator.close()


def test_a_sentence_goes_through_every_program(apertium: Apertium) -> None:
    """One after the other, as the mode file says; the next sentence by the same pipe."""
    assert apertium.translate("Hello, you.", "en", "es") == ".UOY ,OLLEH"
    assert apertium.translate("Once\n more ", "en", "es") == "EROM ECNO"


def test_pairs_named_by_two_letters_are_found_too(apertium: Apertium) -> None:
    """Older packages are named so; whoever asks says `fr` and `es` in any case."""
    assert apertium.translate("Bonjour", "fr", "es") == "BONJOUR"


def test_a_pair_that_is_not_installed_translates_nothing(apertium: Apertium, tmp_path: Path) -> None:
    """Nor does anything where there is no Apertium."""
    assert apertium.translate("Hello", "en", "de") is None
    assert Apertium(tmp_path / "nowhere").translate("Hello", "en", "es") is None


def test_programs_that_end_are_started_again(apertium: Apertium) -> None:
    """One sentence is lost, not every one after it."""
    assert apertium.translate("Please die.", "en", "ca") is None
    assert apertium.translate("hello", "en", "ca") == "HELLO"


def test_a_program_that_does_not_answer_is_given_up(modes: Path) -> None:
    """A worker does not wait for ever."""
    translator = Apertium(modes, answer_s=0.2)

    assert translator.translate("Hello", "en", "gl") is None
    translator.close()


def test_a_program_that_is_missing_translates_nothing(apertium: Apertium) -> None:
    """A package that was removed half."""
    assert apertium.translate("Hello", "en", "eu") is None


def test_a_mode_file_names_programs_and_arguments() -> None:
    """Debian's own, shortened: quoted paths, `$1` for unknown words, `$2` for nothing."""
    mode = "lt-proc '/usr/share/a b.bin' | apertium-tagger -g $2 'x.prob' | lt-proc $1 'y.bin'\n"

    assert read_mode(mode) == [
        ["lt-proc", "-z", "/usr/share/a b.bin"],
        ["apertium-tagger", "-z", "-g", "x.prob"],
        ["lt-proc", "-z", "-n", "y.bin"],
    ]


def test_what_has_a_meaning_for_apertium_is_escaped() -> None:
    """A bracket in a sentence would otherwise end it, or the program."""
    assert escape("$5 [now]\0 ^x/y$") == r"\$5 \[now\] \^x\/y\$"


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.skipif(find_mode(MODES, "en", "es") is None, reason="Apertium's pair eng-spa is not installed")
def test_apertium_itself_translates() -> None:
    """English to Spanish by Debian's apertium-eng-spa, with characters that would break its pipe off unescaped."""
    translator = Apertium()

    first = translator.translate("Hello, I would like to change my appointment to Friday afternoon.", "en", "es")
    strange = translator.translate("How are you? $5 ^x/y$ [<b>] {a} \\ @", "en", "es")
    again = translator.translate("The house is red.", "en", "es")
    translator.close()

    assert first is not None
    assert first.startswith("Hola, me gustaría cambiar mi cita")
    assert strange is not None
    assert strange.startswith("Cómo")
    assert again == "La casa es roja."
