import pytest
from msgspec import structs

from gateway.bridge.returns import cause_of_return
from gateway.calls import EndReason
from gateway.telemetry.metrics import ResumeCause
from tests.bridge.records import live


@pytest.mark.parametrize(
    ("used", "reason", "owner", "cause"),
    [
        pytest.param(True, EndReason.MEDIA_LOST, "here", ResumeCause.SOCKET_LOST, id="we-saw-it-go"),
        pytest.param(True, EndReason.MEDIA_LOST, "there", ResumeCause.SOCKET_LOST, id="another-replica-saw-it-go"),
        pytest.param(True, None, "here", ResumeCause.SOCKET_LOST, id="the-carrier-was-quicker"),
        pytest.param(True, None, "there", ResumeCause.REPLICA_LOST, id="a-replica-that-is-dead"),
        pytest.param(True, EndReason.DRAINED, "there", ResumeCause.DRAINED, id="handed-over"),
        pytest.param(False, None, "there", ResumeCause.NEVER_CONNECTED, id="no-socket-ever-came"),
    ],
)
def test_the_record_says_why_a_caller_is_back(
    used: bool, reason: EndReason | None, owner: str, cause: ResumeCause
) -> None:
    """An operator can tell a network that cuts sockets from replicas that die."""
    record = live()
    assert record.ticket is not None
    ticket = structs.replace(record.ticket, used=used)
    assert cause_of_return(structs.replace(record, ticket=ticket, end_reason=reason, owner=owner), "here") is cause


def test_a_record_without_a_ticket_has_lost_its_socket() -> None:
    assert cause_of_return(structs.replace(live(), ticket=None, owner="here"), "here") is ResumeCause.SOCKET_LOST
