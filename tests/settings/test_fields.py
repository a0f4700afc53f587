from gateway.settings.fields import all_settings


def test_every_setting_has_a_name_and_a_variable() -> None:
    """Those of the documentation."""
    settings = {setting.name: setting for setting in all_settings()}

    assert settings["media.lead_ms"].variable == "GATEWAY_MEDIA__LEAD_MS"
    assert settings["public_url"].variable == "GATEWAY_PUBLIC_URL"
    assert list(settings)[:4] == ["public_url", "routes", "secrets_dir", "server.host"]


def test_the_secrets_are_known() -> None:
    """None of these is ever shown."""
    secrets = {setting.name for setting in all_settings() if setting.is_secret}

    assert secrets == {"kallglot.api_key", "kallglot.webhook_secret", "twilio.auth_tokens", "telnyx.api_key"}


def test_every_setting_says_what_it_means() -> None:
    """In the table of README.md."""
    assert [setting.name for setting in all_settings() if not setting.field.description] == []
