"""Twilio's and Telnyx' REST APIs, as far as numbers go: local servers that answer as the documents say."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

Answer = tuple[int, dict[str, Any]]
Query = dict[str, str]


class FakeApi:
    """A REST API on loopback; remembers what it was asked."""

    authorization: str
    """What its requests must carry."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[str] = []
        """`POST /path`, without queries."""
        self.page = ""
        """What everything is answered with, as by another server at that address: HTML, or what is said to be JSON."""

    def writes(self) -> list[str]:
        """The requests that changed something."""
        return [request for request in self.requests if not request.startswith("GET ")]

    def answer(self, method: str, path: str, query: Query, body: bytes) -> Answer:
        """What the API says."""
        raise NotImplementedError

    def refuse(self) -> Answer:
        """What it says to a stranger."""
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve for as long as the context lasts."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            self.url = f"http://127.0.0.1:{server.server_port}"
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


class FakeTwilio(FakeApi):
    """Numbers: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource ."""

    SID = "AC0123456789abcdef0123456789abcdef"
    TOKEN = "tauth-swordfish"
    PAGE = 2
    """Numbers on a page: fewer than it takes to tell that pages are turned."""

    def __init__(self) -> None:
        super().__init__()
        self.authorization = "Basic " + base64.b64encode(f"{self.SID}:{self.TOKEN}".encode()).decode()
        self.status = "active"
        self.stubborn: set[str] = set()
        """Settings that it takes and does not keep."""
        self.held: list[dict[str, Any]] = []

    def add(self, number: str, **settings: str) -> dict[str, Any]:
        """Give the account a number."""
        names = ("voice_url", "voice_fallback_url", "status_callback", "voice_application_sid", "trunk_sid")
        methods = ("voice_method", "voice_fallback_method", "status_callback_method")
        entry: dict[str, Any] = {
            "sid": f"PN{len(self.held):032x}",
            "account_sid": self.SID,
            "phone_number": number,
            "friendly_name": f"Number {len(self.held)}",
            **dict.fromkeys(names),
            **dict.fromkeys(methods, "POST"),
            **settings,
        }
        self.held.append(entry)
        return entry

    def answer(self, method: str, path: str, query: Query, body: bytes) -> Answer:
        base = f"/2010-04-01/Accounts/{self.SID}"
        if path == f"{base}.json":
            return 200, {"sid": self.SID, "friendly_name": "Acme", "status": self.status}
        if path == f"{base}/IncomingPhoneNumbers.json":
            return self._page(path, query)
        for entry in self.held:
            if path == f"{base}/IncomingPhoneNumbers/{entry['sid']}.json" and method == "POST":
                self._update(entry, dict(parse_qsl(body.decode(), keep_blank_values=True)))
                return 200, entry
        return 404, {"code": 20404, "message": f"The requested resource {path} was not found", "status": 404}

    def refuse(self) -> Answer:
        return 401, {"code": 20003, "message": "Authenticate", "status": 401}

    def _page(self, path: str, query: Query) -> Answer:
        found = [entry for entry in self.held if query.get("PhoneNumber", "") in entry["phone_number"]]
        page = int(query.get("Page", 0))
        shown = found[page * self.PAGE : (page + 1) * self.PAGE]
        more = (page + 1) * self.PAGE < len(found)
        return 200, {
            "incoming_phone_numbers": shown,
            "page": page,
            "next_page_uri": f"{path}?Page={page + 1}" if more else None,
        }

    def _update(self, entry: dict[str, Any], form: Query) -> None:
        for key, value in form.items():
            name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).lstrip("_")
            if name not in self.stubborn:
                # Unset is null there.
                entry[name] = value or None


class FakeTelnyx(FakeApi):
    """Numbers and TeXML applications: https://developers.telnyx.com/api/numbers/list-phone-numbers ."""

    KEY = "KEY-swordfish"
    PAGE = 2

    def __init__(self) -> None:
        super().__init__()
        self.authorization = f"Bearer {self.KEY}"
        self.held: list[dict[str, Any]] = []
        self.applications: dict[str, dict[str, Any]] = {}
        self.stubborn: set[str] = set()
        """Settings that it takes and does not keep."""

    def add(self, number: str, application: str | None = None) -> dict[str, Any]:
        """Give the account a number."""
        entry = {"id": f"12932{len(self.held)}", "phone_number": number, "connection_id": application}
        self.held.append({**entry, "record_type": "phone_number", "status": "active"})
        return self.held[-1]

    def add_application(self, name: str, **settings: str) -> str:
        """Give the account a TeXML application, with Telnyx' defaults."""
        identity = f"140069{len(self.applications)}"
        self.applications[identity] = {
            "id": identity,
            "record_type": "texml_application",
            "friendly_name": name,
            "voice_method": "get",
            "voice_fallback_url": "",
            "status_callback": "",
            "status_callback_method": "post",
            **settings,
        }
        return identity

    def answer(self, method: str, path: str, query: Query, body: bytes) -> Answer:
        if path == "/v2/balance":
            return 200, {"data": {"available_credit": "99.50", "currency": "USD", "record_type": "balance"}}
        kind, _, identity = path.removeprefix("/v2/").partition("/")
        held = self.applications if kind == "texml_applications" else {entry["id"]: entry for entry in self.held}
        if not identity and method == "GET":
            return self._page([entry for entry in held.values() if _matches(entry, query)], query)
        if not identity and kind == "texml_applications":
            values = json.loads(body)
            identity = self.add_application(values.pop("friendly_name"), **values)
        elif identity not in held:
            return 404, {"errors": [{"code": "10005", "title": "Resource not found"}]}
        elif method == "PATCH":
            values = json.loads(body)
            held[identity].update({name: value for name, value in values.items() if name not in self.stubborn})
        return 200, {"data": held[identity]}

    def refuse(self) -> Answer:
        detail = "The API key looks malformed. Check that you copied it correctly."
        return 401, {"errors": [{"code": "10009", "title": "Authentication failed", "detail": detail}]}

    def _page(self, found: list[dict[str, Any]], query: Query) -> Answer:
        page = int(query.get("page[number]", 1))
        meta = {"page_number": page, "total_pages": -(-len(found) // self.PAGE), "total_results": len(found)}
        return 200, {"data": found[(page - 1) * self.PAGE : page * self.PAGE], "meta": meta}


def _matches(entry: dict[str, Any], query: Query) -> bool:
    number, application = query.get("filter[phone_number]", ""), query.get("filter[connection_id]")
    return number in entry.get("phone_number", "") and application in {None, entry.get("connection_id")}


def _handler(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            api.requests.append(f"{self.command} {url.path}")
            if self.headers.get("Authorization") == api.authorization:
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                status, answer = api.answer(self.command, url.path, query, body)
            else:
                status, answer = api.refuse()
            data = (api.page or json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if api.page.startswith("<") else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _respond  # noqa: N815  the server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's signature
            pass

    return Handler
