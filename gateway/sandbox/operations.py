"""What the API can do, one `Operation` an endpoint: its route, its rules and its page in the OpenAPI document."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.organization import Permission

Handler = Callable[[Request, ApiKey], Awaitable[Answer]]
"""The work of one authenticated endpoint; may raise `Refused`."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter."""

    name: str
    schema: dict[str, Any]
    about: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint."""

    id: str
    """Its name: the OpenAPI `operationId`, and what a fault is ordered `on`."""
    method: str
    path: str
    """As Starlette and OpenAPI write it."""
    about: str
    permission: Permission
    handler: Handler
    answer: type[Struct] | str
    """What it answers: an object, or a content type."""
    status: int = 200
    body: type[Struct] | None = None
    """What it is sent; None: nothing that it reads."""
    body_required: bool = True
    query: tuple[Query, ...] = ()
    refuses: tuple[int, ...] = ()
    """The statuses of its own refusals, beside those of every endpoint."""
    idempotent: bool = False
    """Whether it heeds `Idempotency-Key`."""


PAGE = (
    Query("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "Page size"),
    Query("starting_after", {"type": "string"}, "Go on after the item of that id"),
    Query("ending_before", {"type": "string"}, "Go back before the item of that id"),
)
"""The parameters of a list."""
