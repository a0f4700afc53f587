import pytest
from pydantic import SecretStr, ValidationError

from gateway.settings.model import Kallglot, Settings, Store


def test_settings_cannot_be_changed() -> None:
    """What was checked is what is used."""
    settings = Settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.media.lead_ms = 0
    with pytest.raises(ValidationError, match="frozen"):
        settings.routes = settings.routes


def test_secrets_are_not_in_the_representation() -> None:
    """Settings may be logged."""
    settings = Settings(
        kallglot=Kallglot(api_key=SecretStr("sk_live_1")), store=Store(url="redis://:swordfish@localhost")
    )

    assert "sk_live_1" not in repr(settings)
    assert "swordfish" not in repr(settings)


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("server", "port", 65536, "less than or equal to 65535"),
        ("server", "port", -1, "greater than or equal to 0"),
        ("kallglot", "chunk_ms", 110, "multiple of 20"),
        ("kallglot", "chunk_ms", 0, "greater than or equal to 20"),
        ("kallglot", "chunk_ms", 1020, "less than or equal to 1000"),
        ("kallglot", "ready_timeout_s", 0, "greater than or equal to 0.001"),
        ("media", "ticket_ttl_s", 0.0004, "greater than or equal to 0.001"),
        ("kallglot", "ready_timeout_s", float("nan"), "finite number"),
        ("media", "lead_ms", 39, "greater than or equal to 40"),
        ("media", "lead_ms", 5001, "less than or equal to 5000"),
        ("media", "l16_byte_order", "middle", "'big' or 'little'"),
        ("telnyx", "codec", "pcmu", "'PCMU'"),
        ("telnyx", "bidirectional_codec", "OPUS", "'PCMU', 'PCMA', 'G722' or 'L16'"),
        ("telnyx", "bidirectional_sampling_rate", 44100, "must be 8000, 16000 or 24000"),
        ("telnyx", "bidirectional_sampling_rate", 16000, "must be 8000 unless"),
        ("admission", "max_calls", 0, "greater than or equal to 1"),
        ("drain", "deadline_s", 19, "must be at least drain.handover_after_s, 20"),
        ("admission", "max_calls", True, "valid integer"),
        ("server", "max_connections_per_address", False, "valid integer"),
        ("resume", "window_s", True, "valid number"),
        ("refusal", "language", "de_DE", "must be a language such as de or en-US"),
        ("refusal", "language", "", "must be a language such as de or en-US"),
        ("log", "format", "xml", "'auto', 'console' or 'json'"),
    ],
)
def test_values_have_their_range(section: str, key: str, value: object, words: str) -> None:
    """Out of it nothing would work, or not as meant."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({section: {key: value}})

    assert words in caught.value.errors()[0]["msg"]


def test_l16_may_be_sent_wideband() -> None:
    """The other codecs have one rate."""
    settings = Settings.model_validate({"telnyx": {"bidirectional_codec": "L16", "bidirectional_sampling_rate": 16000}})

    assert settings.telnyx.bidirectional_sampling_rate == 16000


def test_a_later_handover_needs_a_later_deadline() -> None:
    """Also where the deadline is the default."""
    with pytest.raises(ValidationError, match="deadline_s"):
        Settings.model_validate({"drain": {"handover_after_s": 121}})
