import pytest
from msgspec import structs

from gateway.store.record import Phase, next_version
from tests.store.ledgers import a_call


def test_every_change_is_a_new_version() -> None:
    assert next_version(a_call()).version == a_call().version + 1


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.ENDED])
def test_an_open_session_keeps_its_record(phase: Phase) -> None:
    """A record may not go while a session might be open, whoever has hung up."""
    assert not structs.replace(a_call(), phase=phase, caller_gone=True).is_done


def test_a_caller_on_the_line_keeps_the_record() -> None:
    assert not structs.replace(a_call(), phase=Phase.ENDED).is_done


def test_nothing_owed_is_done() -> None:
    assert structs.replace(a_call(), phase=Phase.ENDED, caller_gone=True).is_done
