import pytest
from msgspec import convert

from gateway.sandbox.agents import AgentBook, AgentCreate, AgentUpdate
from gateway.sandbox.refusals import Refused

NOW_MS = 1_774_522_800_000


def book(*names: str) -> AgentBook:
    made = AgentBook()
    for number, name in enumerate(names):
        made.create(f"agt_{number}", AgentCreate(name), NOW_MS)
    return made


def test_an_agent_is_what_it_was_created_as() -> None:
    """With its times."""
    body = convert({"name": "Support", "tools": [{"name": "lookup"}], "temperature": 0.3}, AgentCreate)
    agent = AgentBook().create("agt_1", body, NOW_MS)

    assert (agent.id, agent.object, agent.name, agent.temperature) == ("agt_1", "agent", "Support", 0.3)
    assert agent.tools is not None
    assert agent.tools[0].name == "lookup"
    assert agent.created_at == agent.updated_at == "2026-03-26T11:00:00Z"


def test_the_list_is_newest_first() -> None:
    """As the pages are cut."""
    assert [agent.name for agent in book("a", "b").newest_first()] == ["b", "a"]


def test_an_update_changes_what_it_names() -> None:
    """Null takes away; what is not named stays."""
    it = AgentBook()
    it.create("agt_1", AgentCreate("Support", system_prompt="Be kind.", voice="nova"), NOW_MS)
    agent = it.update("agt_1", convert({"voice": None, "name": "Sales"}, AgentUpdate), NOW_MS + 1000)

    assert (agent.name, agent.system_prompt, agent.voice) == ("Sales", "Be kind.", None)
    assert (agent.created_at, agent.updated_at) == ("2026-03-26T11:00:00Z", "2026-03-26T11:00:01Z")
    assert it.find("agt_1") is agent


def test_an_update_that_names_nothing_is_422() -> None:
    """It is a typo."""
    with pytest.raises(Refused, match="Name at least one of name, ") as caught:
        book("a").update("agt_0", AgentUpdate(), NOW_MS)

    assert caught.value.status == 422


def test_a_deleted_agent_is_gone() -> None:
    """And says so once."""
    it = book("a")
    assert it.delete("agt_0").deleted
    for gone in (lambda: it.find("agt_0"), lambda: it.delete("agt_0")):
        with pytest.raises(Refused) as caught:
            gone()
        assert (caught.value.status, caught.value.code) == (404, "agent_not_found")


def test_a_session_may_only_name_an_agent_that_exists() -> None:
    """With a code of its own (AI agents guide)."""
    it = book("a")
    it.require("agt_0")
    with pytest.raises(Refused) as caught:
        it.require("agt_9")

    assert (caught.value.status, caught.value.code) == (404, "ai_agent_not_found")
