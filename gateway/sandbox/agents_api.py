"""`/v1/agents`: list, create, retrieve, update, delete."""

import msgspec
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.agents import Agent, AgentCreate, AgentUpdate, DeletedAgent
from gateway.sandbox.bodies import read_as, read_object
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.objects import AgentList
from gateway.sandbox.operations import PAGE, Operation
from gateway.sandbox.organization import Permission
from gateway.sandbox.pages import page, parse_page
from gateway.sandbox.requests import once, read_body

PATH = "/v1/agents"
ONE = PATH + "/{agent_id}"


class AgentsApi:
    """The endpoints of agents."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """What they are."""
        read, write = Permission.AGENTS_READ, Permission.AGENTS_WRITE
        return [
            Operation(
                "list_agents",
                "GET",
                PATH,
                "List agents, newest first",
                read,
                self.list,
                AgentList,
                query=PAGE,
                refuses=(404,),
            ),
            Operation(
                "create_agent",
                "POST",
                PATH,
                "Create an agent",
                write,
                self.create,
                Agent,
                status=201,
                body=AgentCreate,
                idempotent=True,
            ),
            Operation("retrieve_agent", "GET", ONE, "Retrieve an agent", read, self.retrieve, Agent, refuses=(404,)),
            Operation(
                "update_agent",
                "PATCH",
                ONE,
                "Change what is named of an agent",
                write,
                self.update,
                Agent,
                body=AgentUpdate,
                refuses=(404,),
            ),
            Operation(
                "delete_agent", "DELETE", ONE, "Delete an agent", write, self.delete, DeletedAgent, refuses=(404,)
            ),
        ]

    async def list(self, request: Request, _key: ApiKey) -> Answer:
        """A page of agents."""
        agents, cursor = page(self._exchange.state.agents.newest_first(), parse_page(request.query_params))
        return _json(AgentList(agents, cursor is not None, cursor, PATH))

    async def create(self, request: Request, _key: ApiKey) -> Answer:
        """201 and the agent."""
        fields = read_object(await read_body(request))
        body = read_as(AgentCreate, fields)

        async def work() -> Answer:
            state, now_ms = self._exchange.state, self._exchange.clock.unix_ms()
            agent = state.agents.create(state.new_id("agt_", now_ms), body, now_ms)
            state.keep_agent(agent.id, agent)
            return _json(agent, 201)

        return await once(self._exchange, "create_agent", request, fields, work)

    async def retrieve(self, request: Request, _key: ApiKey) -> Answer:
        """The agent."""
        return _json(self._exchange.state.agents.find(request.path_params["agent_id"]))

    async def update(self, request: Request, _key: ApiKey) -> Answer:
        """The agent as it is now."""
        state, agent_id = self._exchange.state, request.path_params["agent_id"]
        state.agents.find(agent_id)
        body = read_as(AgentUpdate, read_object(await read_body(request)))
        agent = state.agents.update(agent_id, body, self._exchange.clock.unix_ms())
        state.keep_agent(agent_id, agent)
        return _json(agent)

    async def delete(self, request: Request, _key: ApiKey) -> Answer:
        """What is left of it."""
        state, agent_id = self._exchange.state, request.path_params["agent_id"]
        deleted = state.agents.delete(agent_id)
        state.keep_agent(agent_id, None)
        return _json(deleted)


def _json(value: object, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(value))
