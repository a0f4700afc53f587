from gateway.sandbox.speech.packages import (
    PIPER,
    RECOGNISER,
    espeak_library,
    is_installed,
    packaged_model,
    packaged_voice,
)


def test_a_package_is_found_without_being_imported() -> None:
    """A recogniser takes a second to import; asking for it does not."""
    assert is_installed("webrtcvad")
    assert not is_installed("no_such_package_here")


def test_what_a_package_brings_is_there_or_not_at_all() -> None:
    """None where it is not installed; otherwise files that exist."""
    model, voice, library = packaged_model(), packaged_voice(), espeak_library()

    assert model is None or (model / "model.bin").is_file()
    assert voice is None or voice.is_file()
    assert library is None or library.is_file()
    assert model is None or is_installed(RECOGNISER), "the extra brings both"
    assert voice is None or is_installed(PIPER), "a voice without piper is of no use"
