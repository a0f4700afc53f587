"""The OpenAPI 3.1 document of the API, made from its operations and objects: it cannot fall behind them. Sans-I/O."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gateway.sandbox.agents import AgentUpdate
from gateway.sandbox.events import EventType, WebhookEvent
from gateway.sandbox.operations import Operation
from gateway.sandbox.refusals import ErrorEnvelope

Json = dict[str, Any]

REFUSALS: Mapping[int, str] = {
    400: "The request cannot be read, or its Idempotency-Key was used with another",
    401: "No API key, or none that is known",
    402: "No API credits are left",
    403: "The organization is inactive, the key lacks the permission, or consent is missing",
    404: "It does not exist",
    409: "It conflicts with how things stand, or the first request with this Idempotency-Key still runs",
    413: "The body is too large",
    422: "A field is missing or wrong; `param` names it",
    429: "Too many requests in this minute",
    500: "The server is at fault",
    502: "The SIP party was not reached",
}
ALWAYS = (401, 403, 429, 500)
WITH_BODY = (400, 413, 422)

HEADERS: Json = {
    "X-Request-ID": {"description": "Quote it to support", "schema": {"type": "string", "pattern": "^req_"}},
}
AUTHENTICATED: Json = HEADERS | {
    name: {"description": about, "schema": {"type": "string", "pattern": "^-?[0-9]+$"}}
    for name, about in {
        "X-RateLimit-Limit": "Requests a minute",
        "X-RateLimit-Remaining": "What is left of them",
        "X-RateLimit-Reset": "Unix seconds at which the next minute begins",
        "X-API-Credits-Remaining": "API credits that are left",
        "X-API-Credits-Used": "API credits that were used",
    }.items()
}

RETRY_AFTER: Json = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}}}
"""For 429, and those 409 that pass by themselves."""

_ONE_METHOD = ("phone_number", "connection_id", "type")
RULES: Mapping[str, Json] = {
    "SessionPlan": {
        "not": {"required": ["provider"]},
        "if": {"required": ["ai_agent"], "properties": {"ai_agent": {"type": "object"}}},
        "then": {"properties": {"mode": {"const": "ai_agent"}}},
    },
    "Routing": {
        "allOf": [
            {"not": {"required": [one, other], "properties": {one: {"type": "string"}, other: {"type": "string"}}}}
            for one, other in zip(_ONE_METHOD, (*_ONE_METHOD[1:], _ONE_METHOD[0]), strict=True)
        ],
        "if": {"required": ["sip"], "properties": {"sip": {"type": "object"}}},
        "then": {"required": ["type"], "properties": {"type": {"const": "sip"}}},
    },
    "AgentUpdate": {"anyOf": [{"required": [name]} for name in AgentUpdate.__struct_fields__]},
}
"""What types cannot say, by the object that it is about; the code that refuses is `plans.py` and `agents.py`."""

ABOUT = """A local Kallglot: the documented API on one's desk.

A session's stream is a WebSocket at `stream.url` with `?token=` and `stream.token`. It takes `audio.input` (μ-law,
8 kHz, mono), `ping` and `session.end`; it sends `session.ready`, `transcript.partial`, `transcript.final`,
`audio.output`, `pong`, `session.ended` and `session.error`."""


def openapi(operations: Sequence[Operation]) -> Json:
    """The document."""
    structs = [
        each for operation in operations for each in (operation.body, operation.answer) if isinstance(each, type)
    ]
    kinds = [*dict.fromkeys([*structs, ErrorEnvelope, WebhookEvent])]
    references, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    by_kind = dict(zip(kinds, references, strict=True))
    for name, rules in RULES.items():
        schemas[name].update(rules)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kallglot API (sandbox)", "version": "v1", "description": ABOUT},
        "security": [{"bearer": []}, {"key": []}],
        "paths": paths,
        "webhooks": {str(event): _webhook(event, by_kind[WebhookEvent]) for event in EventType},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "sk_test_… or sk_live_…"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _operation(operation: Operation, by_kind: Mapping[Any, Json]) -> Json:
    refused = {*ALWAYS, *operation.refuses}
    described: Json = {
        "operationId": operation.id,
        "summary": operation.about,
        "description": f"The key needs the permission `{operation.permission}`.",
        "tags": [operation.path.split("/")[2]],
        "parameters": _parameters(operation),
    }
    if operation.method in {"POST", "PATCH"}:
        refused |= set(WITH_BODY)
    if operation.query:
        refused.add(422)
    if operation.idempotent:
        refused |= {400, 409}
    if operation.body is not None:
        content = {"application/json": {"schema": by_kind[operation.body]}}
        described["requestBody"] = {"required": operation.body_required, "content": content}
    responses = {str(operation.status): _success(operation, by_kind)}
    for status in sorted(refused):
        responses[str(status)] = _refusal(status, by_kind[ErrorEnvelope])
    return described | {"responses": responses}


def _parameters(operation: Operation) -> list[Json]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    query = [
        {"name": each.name, "in": "query", "description": each.about, "schema": each.schema} for each in operation.query
    ]
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Any unique string; the same key and body are answered the same for 24 hours",
        "schema": {"type": "string"},
    }
    return [*path, *query, *([key] if operation.idempotent else [])]


def _success(operation: Operation, by_kind: Mapping[Any, Json]) -> Json:
    if isinstance(operation.answer, str):
        content: Json = {operation.answer: {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {"application/json": {"schema": by_kind[operation.answer]}}
    return {"description": operation.about, "headers": AUTHENTICATED, "content": content}


def _refusal(status: int, schema: Json) -> Json:
    headers = HEADERS if status in {401, 500} else AUTHENTICATED
    if status in {409, 429}:
        headers = headers | RETRY_AFTER
    return {"description": REFUSALS[status], "headers": headers, "content": {"application/json": {"schema": schema}}}


def _webhook(event: EventType, schema: Json) -> Json:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    taken = {"2XX": {"description": "Taken; anything else is tried again"}}
    return {"post": {"summary": str(event), "requestBody": body, "responses": taken}}
