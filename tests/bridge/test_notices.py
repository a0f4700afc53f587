from gateway.bridge.closer import Closer
from gateway.bridge.notices import Notices
from gateway.calls import SessionId
from gateway.store.record import Phase
from tests.bridge.desk import Desk, open_desk
from tests.bridge.records import SESSION, live


class NoSwitchboard:
    """A replica that carries no call."""

    def find(self, _call_id: str) -> None:
        return None


def notices(desk: Desk) -> Notices:
    return Notices(desk.office, NoSwitchboard(), Closer(desk.office))  # type: ignore[arg-type]  # all that is asked


async def test_an_event_is_news_once() -> None:
    """Kallglot repeats itself for a day."""
    async with open_desk() as desk:
        heard = notices(desk)
        assert [heard.is_news("evt_1"), heard.is_news("evt_1"), heard.is_news("evt_2")] == [True, False, True]


async def test_an_event_that_could_not_be_acted_on_is_news_again() -> None:
    async with open_desk() as desk:
        heard = notices(desk)
        heard.is_news("evt_1")
        heard.forget("evt_1")
        assert heard.is_news("evt_1")


async def test_old_events_are_forgotten() -> None:
    """What is remembered is bounded."""
    async with open_desk() as desk:
        heard = notices(desk)
        for number in range(5_000):
            heard.is_news(f"evt_{number}")
        assert heard.is_news("evt_0")
        assert not heard.is_news("evt_4999")


async def test_a_call_that_nobody_carries_is_ended() -> None:
    """Its caller, who may be listening to the greeting yet, is owed the route's `after`."""
    async with open_desk() as desk:
        await desk.write(live())
        await notices(desk).session_ended(SESSION.session_id)
        record = await desk.read(live().call_id)
        assert record.phase is Phase.ENDED
        assert not record.caller_gone


async def test_other_sessions_calls_go_on() -> None:
    async with open_desk() as desk:
        await desk.write(live())
        await notices(desk).session_ended(SessionId("sess_other"))
        assert (await desk.read(live().call_id)).phase is Phase.LIVE
