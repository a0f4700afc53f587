import pytest

from gateway.calls import Carrier
from gateway.carriers.numbers import Aim, Change, PhoneNumber, WebhookUrls, aim, changes

WANTED = {"voice_url": "https://a.test/voice", "voice_method": "POST", "trunk_sid": ""}


def number(**settings: str) -> PhoneNumber:
    return PhoneNumber("+14155551234", "PN1", "Support", settings)


def test_urls_are_the_gateways_own() -> None:
    """The paths that the public listener answers."""
    assert WebhookUrls.under("https://voice.acme.test", Carrier.TELNYX) == WebhookUrls(
        "https://voice.acme.test/webhooks/telnyx/voice",
        "https://voice.acme.test/webhooks/telnyx/fallback",
        "https://voice.acme.test/webhooks/telnyx/status",
    )


def test_only_what_differs_is_changed() -> None:
    """Unset is as good as empty, and what nobody wants anything of is left alone."""
    assert changes({"voice_url": WANTED["voice_url"], "voice_method": "GET", "sms_url": "x"}, WANTED) == (
        Change("voice_method", "GET", "POST"),
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(WANTED, Aim.HERE, id="all-of-it"),
        pytest.param({**WANTED, "voice_method": "GET"}, Aim.PARTLY, id="another-method"),
        pytest.param({**WANTED, "voice_url": "https://b.test"}, Aim.ELSEWHERE, id="another-url"),
        pytest.param({**WANTED, "trunk_sid": "TK1"}, Aim.ELSEWHERE, id="a-trunk-takes-its-calls"),
        pytest.param({}, Aim.ELSEWHERE, id="nothing-set"),
    ],
)
def test_a_number_points_here_when_its_calls_come_here(settings: dict[str, str], expected: Aim) -> None:
    """Which is not only a question of the URL."""
    assert aim(number(**settings), WANTED) is expected
