from collections.abc import Callable, Iterator

import pytest

from gateway.calls import Carrier
from gateway.carriers.numbers import Aim, Change, WebhookUrls, aim
from gateway.carriers.twilio.rest import TwilioNumbers
from gateway.errors import CarrierApiError
from tests.fakes.carrier_apis import FakeTwilio

URLS = WebhookUrls.under("https://voice.acme.test", Carrier.TWILIO)
NUMBER = "+14155551234"


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    with fake.running():
        yield fake


def api(twilio: FakeTwilio, *, token: str = FakeTwilio.TOKEN) -> TwilioNumbers:
    return TwilioNumbers(FakeTwilio.SID, token, twilio.url)


def test_all_numbers_are_listed(twilio: FakeTwilio) -> None:
    """Page after page."""
    for last in range(5):
        twilio.add(f"+1415555000{last}")

    found = api(twilio).numbers()

    assert [number.number for number in found] == [f"+1415555000{last}" for last in range(5)]
    assert found[0].label == "Number 0"


def test_a_plan_says_what_differs_and_writes_nothing(twilio: FakeTwilio) -> None:
    """By Twilio's names."""
    twilio.add(NUMBER, voice_url="https://old.test/", status_callback=URLS.status, voice_method="GET")

    assert api(twilio).plan(NUMBER, URLS).changes == (
        Change("voice_url", "https://old.test/", URLS.voice),
        Change("voice_method", "GET", "POST"),
        Change("voice_fallback_url", "", URLS.fallback),
    )
    assert twilio.writes() == []


def test_a_number_of_a_trunk_is_taken_from_it(twilio: FakeTwilio) -> None:
    """`VoiceUrl` would be ignored otherwise."""
    entry = twilio.add(NUMBER, trunk_sid="TK1", voice_url=URLS.voice, voice_fallback_url=URLS.fallback)
    client = api(twilio)

    client.write(client.plan(NUMBER, URLS))

    assert entry["trunk_sid"] is None
    (number,) = client.numbers()
    assert aim(number, client.wanted(URLS)) is Aim.HERE


def test_what_is_written_is_what_was_planned(twilio: FakeTwilio) -> None:
    """In one request, and with nothing else in it."""
    entry = twilio.add(NUMBER, voice_method="GET", sms_url="https://sms.test/")
    client = api(twilio)

    client.write(client.plan(NUMBER, URLS))

    assert client.plan(NUMBER, URLS).changes == ()
    assert entry["sms_url"] == "https://sms.test/"
    assert entry["voice_url"] == "https://voice.acme.test/webhooks/twilio/voice"
    assert len(twilio.writes()) == 1


def test_a_number_that_only_looks_alike_is_another(twilio: FakeTwilio) -> None:
    """Twilio finds parts of numbers."""
    twilio.add(NUMBER + "9")

    with pytest.raises(CarrierApiError, match=r"^--number: \+14155551234 is no number of the account"):
        api(twilio).plan(NUMBER, URLS)


def test_an_account_is_reached(twilio: FakeTwilio) -> None:
    """By its name there."""
    assert api(twilio).reach() == f"twilio.account_sid: {twilio.url} knows 'Acme', active"


def test_a_suspended_account_is_a_problem(twilio: FakeTwilio) -> None:
    """It takes no calls."""
    twilio.status = "suspended"

    with pytest.raises(CarrierApiError, match="the account is suspended"):
        api(twilio).reach()


def test_a_refusal_is_in_twilios_words_without_the_token(twilio: FakeTwilio) -> None:
    """And says which settings to look at."""
    with pytest.raises(CarrierApiError) as caught:
        api(twilio, token="wrong-token").numbers()

    assert "HTTP 401" in str(caught.value)
    assert "Authenticate; check twilio.account_sid and twilio.auth_tokens" in str(caught.value)
    assert "wrong-token" not in str(caught.value)


def test_an_api_that_is_not_there_is_a_problem(twilio: FakeTwilio) -> None:
    """With its address."""
    closed = "http://127.0.0.1:1"

    with pytest.raises(CarrierApiError, match=rf"^twilio\.api_url: {closed} cannot be asked: "):
        TwilioNumbers(FakeTwilio.SID, FakeTwilio.TOKEN, closed).reach()


@pytest.mark.parametrize("page", ["<html>Sign in</html>", '["up"]', "up"], ids=["a page", "JSON", "no JSON"])
@pytest.mark.parametrize("ask", [TwilioNumbers.reach, TwilioNumbers.numbers], ids=["account", "numbers"])
def test_another_server_is_not_taken_for_twilio(
    twilio: FakeTwilio, ask: Callable[[TwilioNumbers], object], page: str
) -> None:
    """A proxy's page, say, or another service's health, which comes with HTTP 200."""
    twilio.page = page

    with pytest.raises(CarrierApiError, match=rf"^twilio\.api_url: what answers at {twilio.url} is not Twilio's API"):
        ask(api(twilio))


def test_a_token_that_no_header_can_hold_is_a_problem(twilio: FakeTwilio) -> None:
    """As one that was copied with its ellipsis; it is not shown."""
    with pytest.raises(
        CarrierApiError, match=r"^twilio\.account_sid and twilio\.auth_tokens must be ASCII characters$"
    ):
        api(twilio, token="1234…").numbers()
