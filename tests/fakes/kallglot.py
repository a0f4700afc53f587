"""A Kallglot in memory: its REST API as far as calls need it, answering well or as it is told to."""

import asyncio
import json
from dataclasses import dataclass, field

import httpx

ENDED_AT = "2026-03-26T12:30:00Z"


@dataclass
class FakeKallglot:
    """Sessions by id, and every request that came."""

    statuses: dict[str, int] = field(default_factory=dict)
    """HTTP status by operation (`create`, `get`, `end`), where it is not success."""
    code: str = "out_of_order"
    """What a refusal says; "" where somebody else than Kallglot answers."""
    retry_after: str | None = None
    """The header of a refusal."""
    sessions: dict[str, str] = field(default_factory=dict)
    """Status by session id; created ones are added."""
    is_legible: bool = True
    """Whether what it answers to `create` is a session with a stream, and to `end` the end of one."""
    expires_at: str | None = None
    """Of the tokens that `get` answers."""
    has_streams: bool = True
    """Whether what it answers to `get` says how to open the stream of a session that has not ended."""
    let_go: asyncio.Event | None = None
    """Until it is set nobody gets an answer."""
    create_answered: asyncio.Event | None = None
    """Until it is set the next session that is created is there, and whoever asked for it does not know."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Operations and what they were asked of."""

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer as documented in api-reference/sessions."""
        if self.let_go is not None:
            await self.let_go.wait()
        match request.method, request.url.path.removeprefix("/v1/sessions").strip("/").split("/"):
            case "POST", [""]:
                answer, answered = self._answer("create", request.headers["idempotency-key"]), self.create_answered
                self.create_answered = None
                if answered is not None:
                    await answered.wait()
                return answer
            case "GET", [session_id]:
                return self._answer("get", session_id)
            case "POST", [session_id, "end"]:
                return self._answer("end", session_id)
            case _:
                raise AssertionError(f"{request.method} {request.url} is not documented")

    def times(self, operation: str) -> int:
        """How often it was asked for this."""
        return sum(name == operation for name, _ in self.asked)

    def _answer(self, operation: str, about: str) -> httpx.Response:
        self.asked.append((operation, about))
        status = self.statuses.get(operation, 201 if operation == "create" else 200)
        if status >= 300 and not self.code:
            return httpx.Response(status, text="<html>a proxy's page</html>")
        if status >= 300:
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            error = {"code": self.code, "message": "as it was told"}
            return httpx.Response(status, json={"error": error}, headers=headers)
        session_id = f"sess_{about}" if operation == "create" else about
        if operation == "end":
            self.sessions[session_id] = "ended"
            if not self.is_legible:
                return httpx.Response(200, text="OK")
            return httpx.Response(200, json={"id": session_id, "status": "ended", "ended_at": ENDED_AT})
        state = self.sessions.setdefault(session_id, "active")
        if operation == "create":
            # A repetition is answered as the first request was, whatever became of the session (concepts/idempotency).
            state = "created" if self.is_legible else "ended"
        session: dict[str, object] = {"id": session_id, "object": "session", "status": state}
        if state != "ended" and (operation == "create" or self.has_streams):
            url = f"wss://kallglot.test/v1/sessions/{session_id}/connect"
            session["stream"] = {"url": url, "token": f"kst_test_{self.times('get')}", "expires_at": self.expires_at}
        return httpx.Response(status, content=json.dumps(session))
