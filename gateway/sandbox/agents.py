"""AI agents: configured here, referred to by sessions. Sans-I/O.

Document: "API Reference" lists the five endpoints and prints `{"id", "object": "agent", "name"}`; the AI agents guide
names `system_prompt`, `voice`, `temperature`, `knowledge_base_id` and `tools`. `language`, `greeting` and `metadata`
are ours.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from gateway.sandbox.refusals import ErrorType, Refused, invalid
from gateway.sandbox.times import iso8601

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Temperature = Annotated[float, Meta(ge=0, le=2)]


class Tool(Struct):
    """Something that an agent may have done."""

    name: Annotated[str, Meta(min_length=1)]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    """JSON Schema."""


class AgentCreate(Struct):
    """The body that creates an agent."""

    name: Name
    system_prompt: str | None = None
    greeting: str | None = None
    voice: str | None = None
    language: str | None = None
    temperature: Temperature | None = None
    knowledge_base_id: str | None = None
    tools: list[Tool] | None = None
    metadata: dict[str, Any] | None = None


class AgentUpdate(Struct):
    """The body that changes an agent: what is named is replaced, what is null is taken away."""

    name: Name | UnsetType = UNSET
    system_prompt: str | UnsetType | None = UNSET
    greeting: str | UnsetType | None = UNSET
    voice: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    temperature: Temperature | UnsetType | None = UNSET
    knowledge_base_id: str | UnsetType | None = UNSET
    tools: list[Tool] | UnsetType | None = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET


class Agent(AgentCreate, kw_only=True):
    """An agent."""

    id: str
    object: Literal["agent"] = "agent"
    created_at: str
    updated_at: str


class DeletedAgent(Struct):
    """What is left of one."""

    id: str
    object: Literal["agent"] = "agent"
    deleted: bool = True


class AgentBook:
    """All agents."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}

    def newest_first(self) -> list[Agent]:
        """All of them."""
        return list(reversed(self._agents.values()))

    def put(self, agent: Agent) -> None:
        """Take one in."""
        self._agents[agent.id] = agent

    def create(self, agent_id: str, body: AgentCreate, unix_ms: int) -> Agent:
        """A new one; its id was issued for it."""
        now = iso8601(unix_ms)
        agent = Agent(id=agent_id, created_at=now, updated_at=now, **structs.asdict(body))
        self.put(agent)
        return agent

    def find(self, agent_id: str) -> Agent:
        """The one of that id.

        Raises:
            Refused: 404 `agent_not_found`.
        """
        agent = self._agents.get(agent_id)
        if agent is None:
            raise Refused(404, "agent_not_found", f"No such agent: '{agent_id}'.", kind=ErrorType.NOT_FOUND)
        return agent

    def require(self, agent_id: str) -> None:
        """Make sure that a session may name it.

        Raises:
            Refused: 404 `ai_agent_not_found`.
        """
        if agent_id not in self._agents:
            message = f"No such agent: '{agent_id}'."
            raise Refused(404, "ai_agent_not_found", message, kind=ErrorType.NOT_FOUND, param="ai_agent.agent_id")

    def update(self, agent_id: str, body: AgentUpdate, unix_ms: int) -> Agent:
        """Change what is named.

        Raises:
            Refused: 404, there is none of that id; 422, nothing is named.
        """
        agent = self.find(agent_id)
        changes = {name: value for name, value in structs.asdict(body).items() if value is not UNSET}
        if not changes:
            raise invalid("", f"Name at least one of {', '.join(AgentUpdate.__struct_fields__)}.")
        self._agents[agent_id] = structs.replace(agent, updated_at=iso8601(unix_ms), **changes)
        return self._agents[agent_id]

    def delete(self, agent_id: str) -> DeletedAgent:
        """Take one out.

        Raises:
            Refused: 404, there is none of that id.
        """
        self.find(agent_id)
        del self._agents[agent_id]
        return DeletedAgent(agent_id)
