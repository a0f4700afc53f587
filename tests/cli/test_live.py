import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import run_sync
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.cli.live import agents, reach_account, reach_agent, reach_certificate, reach_media, reach_name
from gateway.errors import ConfigError
from gateway.routing.load import parse_routes
from gateway.settings.model import Settings
from tests.cli.http_server import served
from tests.fakes.world import AUTH_TOKEN, open_world

KEY = "sk_live_swordfish"
INVALID = (
    b'{"error":{"type":"authentication_error","code":"invalid_api_key","message":"Unknown key","request_id":"req_1"}}'
)
NO_AGENT = b'{"error":{"type":"invalid_request_error","code":"agent_not_found","message":"No such agent"}}'


@dataclass
class Replies:
    """What a server says to `GET path`."""

    by_path: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    otherwise: tuple[int, bytes] = (404, b"")
    credits: str | None = "41"
    url: str = ""
    authorizations: list[str | None] = field(default_factory=list)


@contextmanager
def serving(replies: Replies, context: ssl.SSLContext | None = None) -> Iterator[HTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            replies.authorizations.append(self.headers.get("Authorization"))
            status, body = replies.by_path.get(self.path, replies.otherwise)
            self.send_response(status)
            if replies.credits is not None:
                self.send_header("X-API-Credits-Remaining", replies.credits)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's signature
            pass

    with served(Handler, context) as server:
        yield server


@pytest.fixture
def kallglot() -> Iterator[Replies]:
    replies = Replies({"/v1/agents": (200, b'{"object":"list","data":[]}'), "/v1/agents/agt_01": (200, b"{}")})
    with serving(replies) as server:
        replies.url = f"http://127.0.0.1:{server.server_port}"
        yield replies


def settings(kallglot: Replies) -> Settings:
    return Settings.model_validate({"kallglot": {"base_url": f"{kallglot.url}/v1", "api_key": KEY}})


def test_a_key_that_works_is_said_to_with_its_credits(kallglot: Replies) -> None:
    """By asking for what costs nothing."""
    assert reach_account(settings(kallglot)) == "kallglot.api_key: Kallglot takes it; API credits left: 41"
    assert kallglot.authorizations == [f"Bearer {KEY}"]


def test_an_account_without_credits_is_a_problem(kallglot: Replies) -> None:
    """Each session takes one."""
    kallglot.credits = "0"

    with pytest.raises(ConfigError, match="no API credits left"):
        reach_account(settings(kallglot))


def test_credits_that_are_not_said_are_not_missing(kallglot: Replies) -> None:
    """The header is documented; whether it always comes is not."""
    kallglot.credits = None

    assert reach_account(settings(kallglot)).endswith("not said")


def test_a_key_that_is_refused_is_named_but_not_shown(kallglot: Replies) -> None:
    """In Kallglot's words."""
    kallglot.by_path["/v1/agents"] = (401, INVALID)

    with pytest.raises(
        ConfigError, match=r"^kallglot\.api_key: Kallglot refused: invalid_api_key: Unknown key"
    ) as caught:
        reach_account(settings(kallglot))
    assert KEY not in str(caught.value)


def test_agents_are_found_wherever_a_route_names_them() -> None:
    """The documents leave the key open."""
    table = parse_routes(
        b"""
[[route]]
name = "a"
to = "+14155551234"
mode = "ai_agent"
session = { ai_agent = { agent_id = "agt_01" } }
[[route]]
name = "b"
mode = "ai_agent"
session = { agents = ["agt_02", { id = "agt_03" }], voice = "nova" }
""",
        "routes.toml",
    )

    assert list(agents(table.routes)) == [("a", "agt_01"), ("b", "agt_02"), ("b", "agt_03")]


def test_an_agent_that_is_there_is_said_to_be(kallglot: Replies) -> None:
    """By route."""
    assert reach_agent(settings(kallglot), "a", "agt_01") == "routes: route a's agent agt_01 is there"


def test_an_agent_that_is_not_there_is_a_problem_of_its_route(kallglot: Replies) -> None:
    """Its calls would all fail."""
    kallglot.by_path["/v1/agents/agt_02"] = (404, NO_AGENT)

    with pytest.raises(ConfigError, match=r"^routes: route b names agent agt_02: .*agent_not_found"):
        reach_agent(settings(kallglot), "b", "agt_02")


def test_a_name_is_shown_with_its_addresses() -> None:
    """Whether they are the right ones is for the operator to see."""
    assert "127.0.0.1" in reach_name("http://localhost:8080")


def test_a_name_without_an_address_is_a_problem() -> None:
    """`.invalid` never has one (RFC 2606)."""
    with pytest.raises(ConfigError, match=r"^public_url: voice\.invalid has no address"):
        reach_name("https://voice.invalid")


def certificate(folder: Path, *, days: int) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server whose certificate lasts for so long, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=folder / "cert.pem")


def test_a_certificate_is_shown_with_its_end(tmp_path: Path) -> None:
    """And checked for the public name."""
    context, trust = certificate(tmp_path, days=60)
    with serving(Replies(), context) as server:
        said = reach_certificate(f"https://localhost:{server.server_port}", trust=trust)

    ends = datetime.now(UTC) + timedelta(days=60)
    assert said == f"public_url: localhost's certificate lasts until {ends:%Y-%m-%d}, TLSv1.3"


def test_a_certificate_that_nobody_renews_is_a_problem(tmp_path: Path) -> None:
    """While there is time."""
    context, trust = certificate(tmp_path, days=3)
    with serving(Replies(), context) as server, pytest.raises(ConfigError, match="has not been renewed"):
        reach_certificate(f"https://localhost:{server.server_port}", trust=trust)


def test_a_certificate_that_carriers_would_not_trust_is_a_problem(tmp_path: Path) -> None:
    """They check it as browsers do."""
    context, _ = certificate(tmp_path, days=60)
    with serving(Replies(), context) as server, pytest.raises(ConfigError, match="not to be trusted: self-signed"):
        reach_certificate(f"https://localhost:{server.server_port}")


def test_nothing_that_speaks_tls_is_a_problem() -> None:
    """With host and port."""
    with pytest.raises(ConfigError, match=r"^public_url: no TLS with localhost:1: "):
        reach_certificate("https://localhost:1")


def test_this_machine_needs_no_certificate() -> None:
    """`http://` is for development."""
    assert "no certificate" in reach_certificate("http://localhost:8080")


def dialled(url: str, **sections: Any) -> Settings:
    return Settings.model_validate({"public_url": url, **sections})


@pytest.mark.parametrize("tokens", [[AUTH_TOKEN], []], ids=["twilio", "telnyx"])
async def test_a_handshake_comes_through_to_a_gateway(tmp_path: Path, tokens: list[str]) -> None:
    """A running one: refused for its ticket, and for nothing else."""
    async with open_world(tmp_path) as world:
        said = await run_sync(reach_media, dialled(world.url, twilio={"auth_tokens": tokens}))

    assert said == f"public_url: a media handshake for {'twilio' if tokens else 'telnyx'} comes through"


async def test_another_token_or_url_is_found_out(tmp_path: Path) -> None:
    """Before a call is lost to it."""
    async with open_world(tmp_path) as world:
        with pytest.raises(ConfigError, match="HTTP 403, bad_signature: the gateway there has another public_url"):
            await run_sync(reach_media, dialled(world.url, twilio={"auth_tokens": ["another"]}))


def test_a_proxy_that_drops_the_upgrade_is_found_out() -> None:
    """The gateway answers a plain request for a media socket with its own 404."""
    replies = Replies(otherwise=(404, b'{"error":{"code":"not_found","message":"","type":"","param":null}}'))

    with serving(replies) as server, pytest.raises(ConfigError, match="HTTP 404 without the upgrade"):
        reach_media(dialled(f"http://127.0.0.1:{server.server_port}"))


def test_somebody_else_s_answer_is_not_taken_for_the_gateways(kallglot: Replies) -> None:
    """A load balancer's page, say."""
    with pytest.raises(ConfigError, match="HTTP 404, and not in the gateway's words"):
        reach_media(dialled(kallglot.url))


def test_no_answer_is_a_problem() -> None:
    """Nothing listens there."""
    with pytest.raises(ConfigError, match=r"^public_url: a media handshake got no answer: \S"):
        reach_media(dialled("http://127.0.0.1:1"))
