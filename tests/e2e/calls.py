"""What the end-to-end tests ask of a call and of what it left behind."""

from gateway.sandbox.session import Session
from gateway.simulator.report import CallReport, EndedBy
from tests.fakes.world import World


async def is_settled(world: World) -> bool:
    """Every session has ended at Kallglot, and nothing is left in the ledger."""
    ended = all(session.status == "ended" for session in world.sandbox.state.sessions.values())
    return ended and await world.gateway.ledger.size() == 0


def only_session(world: World) -> Session:
    """The one session that there is."""
    (session,) = world.sandbox.state.sessions.values()
    return session


def verbs(report: CallReport) -> list[str]:
    """What the carrier was told, in order."""
    return [name for name, _ in report.verbs]


def assert_well(report: CallReport) -> None:
    """The carrier had nothing to complain about and the caller hung up by choice."""
    assert report.complaints == []
    assert report.refused_media == []
    assert report.ended_by is EndedBy.CALLER
    assert verbs(report) == ["Connect"]
