from collections.abc import AsyncIterator

import pytest

from tests.sandbox.clients import Desk, desk
from tests.sandbox.wire import missing_keys, response_sample


@pytest.fixture
async def it() -> AsyncIterator[Desk]:
    async with desk(counterpart="mute") as opened:
        yield opened


async def test_an_agent_can_be_created_read_changed_and_deleted(it: Desk) -> None:
    """201, 200, 200, 200, and 404 afterwards."""
    created = await it.http.post("/agents", json={"name": "Support", "system_prompt": "Be kind."})
    path = f"/agents/{created.json()['id']}"
    read = await it.http.get(path)
    changed = await it.http.patch(path, json={"name": "Sales", "system_prompt": None})
    deleted = await it.http.delete(path)
    gone = await it.http.get(path)

    assert created.status_code == 201
    assert read.json() == created.json()
    assert (changed.json()["name"], changed.json()["system_prompt"]) == ("Sales", None)
    assert deleted.json() == {"id": created.json()["id"], "object": "agent", "deleted": True}
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "agent_not_found")


async def test_the_list_has_the_documented_shape_and_pages(it: Desk) -> None:
    """Following `next_cursor` visits every agent once, back by `ending_before` too."""
    for number in range(5):
        await it.http.post("/agents", json={"name": f"Agent {number}"})
    first = (await it.http.get("/agents", params={"limit": 2})).json()
    second = (await it.http.get("/agents", params={"limit": 2, "starting_after": first["next_cursor"]})).json()
    third = (await it.http.get("/agents", params={"limit": 2, "starting_after": second["next_cursor"]})).json()
    back = (await it.http.get("/agents", params={"limit": 2, "ending_before": third["data"][0]["id"]})).json()
    further = (await it.http.get("/agents", params={"limit": 2, "ending_before": back["next_cursor"]})).json()

    assert missing_keys(response_sample("agents"), first) == []
    names = [agent["name"] for listed in (first, second, third) for agent in listed["data"]]
    assert names == [f"Agent {number}" for number in (4, 3, 2, 1, 0)]
    assert [listed["has_more"] for listed in (first, second, third)] == [True, True, False]
    assert (third["next_cursor"], third["url"], third["object"]) == (None, "/v1/agents", "list")
    assert [back["data"], further["data"]] == [second["data"], first["data"]]
    assert (back["has_more"], further["has_more"], further["next_cursor"]) == (True, False, None)


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "name"), ({"name": ""}, "name"), ({"name": "a", "temperature": 3}, "temperature"), ({"name": 1}, "name")],
)
async def test_an_agent_that_makes_no_sense_is_422(it: Desk, body: object, param: str) -> None:
    """Naming the field."""
    answer = await it.http.post("/agents", json=body)

    assert (answer.status_code, answer.json()["error"]["param"]) == (422, param)


async def test_creating_an_agent_honours_the_idempotency_key(it: Desk) -> None:
    """One agent, the same answer."""
    key = {"Idempotency-Key": "agent-1"}
    first = await it.http.post("/agents", json={"name": "Support"}, headers=key)
    second = await it.http.post("/agents", json={"name": "Support"}, headers=key)
    other = await it.http.post("/agents", json={"name": "Sales"}, headers=key)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_mismatch")
    assert len((await it.http.get("/agents")).json()["data"]) == 1


async def test_a_session_may_name_an_agent_that_exists(it: Desk) -> None:
    """Only in its mode; another id is 404 with a code of its own."""
    agent = (await it.http.post("/agents", json={"name": "Support"})).json()
    chosen = {"agent_id": agent["id"], "overrides": {"temperature": 0}}
    good = await it.http.post("/sessions", json={"mode": "ai_agent", "ai_agent": chosen})
    unknown = await it.http.post("/sessions", json={"mode": "ai_agent", "ai_agent": {"agent_id": "agt_0"}})

    assert good.status_code == 201
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "ai_agent_not_found")
