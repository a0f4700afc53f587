import resource
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.processes import COMMAND, logged, running, surroundings

FREE = {
    "GATEWAY_SERVER__PORT": "0",
    "GATEWAY_SERVER__HOST": "127.0.0.1",
    "GATEWAY_ADMIN__PORT": "0",
    "GATEWAY_KALLGLOT__API_KEY": "sk_test_1",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a gateway can be started: there are routes."""
    (tmp_path / "routes.toml").write_text('[[route]]\nname = "all"\nmode = "ai_agent"\n')
    return tmp_path


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_it_serves_until_it_is_told_to_stop(folder: Path, kind: signal.Signals) -> None:
    """On both listeners, and then leaves with code 0."""
    with running("serve", cwd=folder, **FREE) as process:
        started = logged(process, "gateway_started")
        public = httpx.get(f"http://127.0.0.1:{started['port']}/livez", trust_env=False)
        admin = httpx.get(f"http://127.0.0.1:{started['admin_port']}/calls", trust_env=False)
        process.send_signal(kind)

        assert logged(process, "gateway_stopped")["level"] == "info"
        assert process.wait() == 0
    assert public.status_code == 200
    assert admin.json() == {"calls": []}


def test_it_opens_as_much_as_the_system_allows(folder: Path) -> None:
    """A shell's and systemd's limit is for small programs; where even the system's own is too low, the log says so."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        serving = running("serve", cwd=folder, GATEWAY_ADMISSION__MAX_CALLS="1000000000", **FREE)
        with serving as process:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            warning = logged(process, "descriptors_few")

            assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert warning["limit"] == hard
    assert warning["wanted"] > 2_000_000_000


def test_it_says_which_secrets_it_lacks(folder: Path) -> None:
    """It would refuse every call, and somebody would wonder why; or refuse nobody."""
    doors = {"GATEWAY_TWILIO__ACCOUNT_SID": "AC1", "GATEWAY_TELNYX__REQUIRE_SIGNATURE": "false"}
    with running("serve", cwd=folder, **doors, **FREE) as process:
        missing = logged(process, "secret_missing")
        unguarded = logged(process, "webhooks_unguarded")

    assert missing["problem"].startswith("twilio.auth_tokens (GATEWAY_TWILIO__AUTH_TOKENS) is missing")
    assert unguarded["problem"].startswith("telnyx.require_signature is false")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        pytest.param({"GATEWAY_ROUTES": "none.toml"}, "none.toml cannot be read", id="no routes"),
        pytest.param(
            {"GATEWAY_MEDIA__LEAD_MS": "soon"},
            "media.lead_ms (GATEWAY_MEDIA__LEAD_MS) must be a whole number, not 'soon'",
            id="a setting",
        ),
        pytest.param({"GATEWAY_KALLGLOT__API_KEY": ""}, "kallglot.api_key must be set", id="no key"),
        pytest.param(
            {"GATEWAY_STORE__URL": "sqlite:///routes.toml/gateway.db"},
            "store.url: cannot open 'routes.toml/gateway.db'",
            id="no store",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(folder: Path, wrong: dict[str, str], problem: str) -> None:
    """And exit code 1; no traceback."""
    done = subprocess.run(
        [*COMMAND, "serve"],
        check=False,
        cwd=folder,
        env=surroundings(**{**FREE, **wrong}),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert problem in done.stderr
    assert len(done.stderr.splitlines()) == 1


def serve(folder: Path, *arguments: str, **wrong: str) -> "subprocess.CompletedProcess[str]":
    environ = surroundings(**{**FREE, **wrong})
    return subprocess.run(
        [*COMMAND, "serve", *arguments], check=False, cwd=folder, env=environ, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("workers", "problem"),
    [
        ("0", "--workers must be 1 to 256, not 0"),
        ("-2", "--workers must be 1 to 256, not -2"),
        ("1000", "--workers must be 1 to 256, not 1000"),
        ("two", "'--workers': Input should be a valid integer"),
    ],
)
def test_a_number_of_workers_that_cannot_be_is_refused(folder: Path, workers: str, problem: str) -> None:
    """Before anything is opened."""
    done = serve(folder, "--workers", workers)

    assert done.returncode != 0
    assert problem in done.stderr


def test_workers_need_a_store_that_several_can_use(folder: Path) -> None:
    """SQLite tells no process that another has taken a call from it."""
    done = serve(folder, "--workers", "2")

    assert done.returncode == 1
    assert done.stderr.startswith("store.url: sqlite is for one process; --workers 2 needs one for several")
    assert len(done.stderr.splitlines()) == 1


def test_what_no_worker_can_use_is_complained_of_once(folder: Path) -> None:
    """However many there are to be."""
    wrong = {"GATEWAY_STORE__URL": "redis://127.0.0.1:1/0", "GATEWAY_ROUTES": "none.toml"}
    done = serve(folder, "--workers", "3", **wrong)

    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "none.toml cannot be read" in line] == [
        done.stderr.splitlines()[-1]
    ]


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    """By its setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environ = surroundings(**{**FREE, "GATEWAY_SERVER__PORT": str(port)})
        done = subprocess.run([*COMMAND, "serve"], check=False, cwd=folder, env=environ, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith(f"server.host, server.port: cannot listen on 127.0.0.1:{port}: ")
