"""Rules of what every connection to Kallglot shares."""

import re
import ssl
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from gateway.errors import KallglotUnavailableError
from gateway.kallglot.client import USER_AGENT, system_trust
from gateway.kallglot.messages import PING
from gateway.kallglot.stream import open_stream
from tests.kallglot.certificates import certificate
from tests.kallglot.stream_peer import POLICY, TOKEN, Notes, open_noted, stream_peer


def test_names_product_and_version() -> None:
    """Kallglot's support can tell our requests, and which release made them."""
    assert re.fullmatch(r"kallglot-gateway/\d+\.\d+\.\d+\S*", USER_AGENT)


def test_trusts_whom_the_system_trusts() -> None:
    """Certificates and names are checked, and the authorities are read once."""
    assert system_trust().verify_mode is ssl.CERT_REQUIRED
    assert system_trust().check_hostname
    assert system_trust() is system_trust()


async def test_speaks_tls_to_whom_it_trusts(tmp_path: Path) -> None:
    """`wss` is encrypted; a certificate that nobody vouches for opens nothing."""
    path = certificate(tmp_path)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(path)

    async def handler(ws: ServerConnection) -> None:
        await ws.send(await ws.recv())
        await ws.close(1001)

    async with stream_peer(handler, tls=serving) as url:
        notes = Notes()
        stream = await open_stream(url, TOKEN, notes, POLICY, trust=ssl.create_default_context(cafile=path))
        stream.send(PING)
        assert await notes.closed() == [("message", PING), ("closed", 1001, "")]
        await stream.wait_closed()
        with pytest.raises(KallglotUnavailableError, match="certificate verify failed"):
            await open_noted(url)
