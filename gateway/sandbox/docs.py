"""`/openapi.json` and `/docs`: the API, to be read and tried out, without any network."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from gateway.sandbox.answers import refusal_response
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.openapi import openapi
from gateway.sandbox.operations import Operation
from gateway.sandbox.refusals import ErrorType, Refused
from gateway.sandbox.requests import tool

PACKAGE = "fastapi_swagger"
"""Carries Swagger UI's own files; it is looked up, never imported."""
FILES = ("swagger-ui.css", "swagger-ui-bundle.js")

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Kallglot API (sandbox)</title><link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#ui", deepLinking: true, persistAuthorization: true,
                    validatorUrl: null });
</script>
</body>
</html>
"""


class Docs:
    """The document and its page."""

    def __init__(self, exchange: Exchange, operations: Sequence[Operation], package: str = PACKAGE) -> None:
        self._exchange = exchange
        self._folder = _folder(package)
        self._document = msgspec.json.encode(openapi(operations))

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/openapi.json", tool(self._exchange, self.document)),
            Route("/docs", self.page),
            Route("/docs/{name}", self.file),
        ]

    async def document(self, _request: Request) -> Answer:
        """The OpenAPI document."""
        return Answer(200, self._document)

    async def page(self, _request: Request) -> Response:
        """The page that shows it, if its package is installed."""
        if self._folder is None:
            message = "The page needs a package: install kallglot-gateway[docs]. The document is at /openapi.json."
            return self._absent("docs_not_installed", message)
        return HTMLResponse(PAGE)

    async def file(self, request: Request) -> Response:
        """One of the page's files."""
        name = request.path_params["name"]
        if self._folder is None or name not in FILES:
            return self._absent("not_found", f"No such file: {name}.")
        return FileResponse(self._folder / name)

    def _absent(self, code: str, message: str) -> Response:
        refused = Refused(404, code, message, kind=ErrorType.NOT_FOUND)
        return refusal_response(refused, self._exchange.new_request_id())


def _folder(package: str) -> Path | None:
    """Where the package keeps the files; None where it is not installed."""
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return None
    return Path(spec.submodule_search_locations[0]) / "resources"
