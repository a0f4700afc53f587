from collections.abc import Callable, Iterator

import pytest

from gateway.calls import Carrier
from gateway.carriers.numbers import Aim, Change, WebhookUrls, aim
from gateway.carriers.telnyx.rest import TelnyxNumbers
from gateway.errors import CarrierApiError
from tests.fakes.carrier_apis import FakeTelnyx

URLS = WebhookUrls.under("https://voice.acme.test", Carrier.TELNYX)
NUMBER = "+13125550001"


@pytest.fixture
def telnyx() -> Iterator[FakeTelnyx]:
    fake = FakeTelnyx()
    with fake.running():
        yield fake


def api(telnyx: FakeTelnyx, *, key: str = FakeTelnyx.KEY) -> TelnyxNumbers:
    return TelnyxNumbers(key, f"{telnyx.url}/v2")


def point(telnyx: FakeTelnyx, number: str = NUMBER) -> None:
    """Plan, write, and find nothing left to do."""
    client = api(telnyx)
    client.write(client.plan(number, URLS))
    assert client.plan(number, URLS).changes == ()


def test_all_numbers_are_listed_with_their_applications(telnyx: FakeTelnyx) -> None:
    """Page after page; one may be assigned to nothing, or to what is no TeXML application."""
    application = telnyx.add_application("Desk", voice_url="https://old.test/")
    for last in range(3):
        telnyx.add(f"+1312555000{last}", application)
    telnyx.add("+13125550003")
    telnyx.add("+13125550004", "a-sip-trunk")

    found = api(telnyx).numbers()

    assert [number.number for number in found] == [f"+1312555000{last}" for last in range(5)]
    assert [number.label for number in found] == ["Desk"] * 3 + [""] * 2
    assert [number.settings.get("voice_url") for number in found] == ["https://old.test/"] * 3 + [None] * 2
    assert found[4].application == "a-sip-trunk"


def test_an_application_of_this_number_alone_is_changed(telnyx: FakeTelnyx) -> None:
    """It keeps its name and what else it has, an outbound profile for instance."""
    application = telnyx.add_application("Desk", voice_url="https://old.test/", anchorsite_override="Latency")
    telnyx.add(NUMBER, application)

    assert api(telnyx).plan(NUMBER, URLS).changes == (
        Change("voice_url", "https://old.test/", URLS.voice),
        Change("voice_method", "get", "post"),
        Change("voice_fallback_url", "", URLS.fallback),
        Change("status_callback", "", URLS.status),
    )
    assert telnyx.writes() == []
    point(telnyx)
    assert telnyx.applications[application]["friendly_name"] == "Desk"
    assert telnyx.applications[application]["anchorsite_override"] == "Latency"
    assert len(telnyx.applications) == 1


def test_an_application_that_others_share_is_left_alone(telnyx: FakeTelnyx) -> None:
    """Their calls would come here too: the number gets a new one."""
    shared = telnyx.add_application("Desk", voice_url="https://old.test/")
    entry = telnyx.add(NUMBER, shared)
    telnyx.add("+13125550002", shared)

    plan = api(telnyx).plan(NUMBER, URLS)
    assert plan.changes[0] == Change("connection_id", shared, "a new application")
    point(telnyx)

    assert telnyx.applications[shared]["voice_url"] == "https://old.test/"
    created = telnyx.applications[entry["connection_id"]]
    assert created["friendly_name"] == "Kallglot gateway voice.acme.test"
    assert created["voice_method"] == "post"


def test_numbers_come_together_in_our_application(telnyx: FakeTelnyx) -> None:
    """One for all, once there is one."""
    first = telnyx.add(NUMBER)
    second = telnyx.add("+13125550002", "a-sip-trunk")

    point(telnyx)
    point(telnyx, "+13125550002")

    assert len(telnyx.applications) == 1
    assert first["connection_id"] == second["connection_id"]


def test_what_it_means_for_other_numbers_is_said(telnyx: FakeTelnyx) -> None:
    """Those of our application, where something of that has to be set right."""
    ours = telnyx.add_application("Ours", voice_url=URLS.voice)
    telnyx.add(NUMBER, ours)
    telnyx.add("+13125550002", ours)

    plan = api(telnyx).plan(NUMBER, URLS)

    assert plan.also == ("+13125550002",)
    point(telnyx)
    assert api(telnyx).plan("+13125550002", URLS).changes == ()
    assert aim(api(telnyx).numbers()[1], api(telnyx).wanted(URLS)) is Aim.HERE


def test_a_number_that_only_looks_alike_is_another(telnyx: FakeTelnyx) -> None:
    """Telnyx finds parts of numbers."""
    telnyx.add(NUMBER + "9")

    with pytest.raises(CarrierApiError, match=r"^--number: \+13125550001 is no number of the account"):
        api(telnyx).plan(NUMBER, URLS)


def test_an_account_is_reached(telnyx: FakeTelnyx) -> None:
    """With what is left in it."""
    assert api(telnyx).reach() == f"telnyx.api_key: {telnyx.url}/v2 knows the account; available credit 99.50 USD"


def test_a_refusal_is_in_telnyx_words_without_the_key(telnyx: FakeTelnyx) -> None:
    """And says which setting to look at."""
    with pytest.raises(CarrierApiError) as caught:
        api(telnyx, key="wrong-key").numbers()

    assert "HTTP 401" in str(caught.value)
    assert "The API key looks malformed" in str(caught.value)
    assert "check telnyx.api_key" in str(caught.value)
    assert "wrong-key" not in str(caught.value)


def test_an_api_that_is_not_there_is_a_problem(telnyx: FakeTelnyx) -> None:
    """With its address."""
    with pytest.raises(CarrierApiError, match=r"^telnyx\.api_url: http://127\.0\.0\.1:1/v2 cannot be asked: \S"):
        TelnyxNumbers(FakeTelnyx.KEY, "http://127.0.0.1:1/v2").reach()


@pytest.mark.parametrize("page", ["<html>Sign in</html>", '["up"]', "up"], ids=["a page", "JSON", "no JSON"])
@pytest.mark.parametrize("ask", [TelnyxNumbers.reach, TelnyxNumbers.numbers], ids=["account", "numbers"])
def test_another_server_is_not_taken_for_telnyx(
    telnyx: FakeTelnyx, ask: Callable[[TelnyxNumbers], object], page: str
) -> None:
    """A proxy's page, say, or another service's health, which comes with HTTP 200."""
    telnyx.page = page

    with pytest.raises(CarrierApiError, match=rf"^telnyx\.api_url: what answers at {telnyx.url}/v2 is not Telnyx' API"):
        ask(api(telnyx))


def test_a_key_that_no_header_can_hold_is_a_problem(telnyx: FakeTelnyx) -> None:
    """As one that was copied with its ellipsis; it is not shown."""
    with pytest.raises(CarrierApiError, match=r"^telnyx\.api_key must be ASCII characters$"):
        api(telnyx, key="KEY…").numbers()
