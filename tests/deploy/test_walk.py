"""Whoever follows the documents gets where they lead: every command that they print works, in a fresh folder."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from twilio.request_validator import RequestValidator

from tests.cli.processes import surroundings
from tests.deploy.elsewhere import ELSEWHERE
from tests.deploy.printed import DOCUMENTS, LANGUAGES, ROOT, blocks, commands, prose
from tests.deploy.shell import Shell, open_shell
from tests.deploy.walk import CALLER, CHAPTERS, MENTIONED, Chapter, Step
from tests.fakes.carrier_apis import FakeTelnyx, FakeTwilio
from tests.fakes.until import until
from tests.fakes.valkey import free_port
from tests.fakes.world import PUBLIC_KEY

WALKED = [step.printed for chapter in CHAPTERS for step in chapter.steps]
FORM = "CallSid=CA1&ToCity="
_DONE_S = 300
"""For one command; the first of all compiles what audio passes through, beside whatever else the machine does."""


def test_every_command_has_its_place() -> None:
    """One that is new, or printed differently, is run by tests/deploy/walk.py or has its reason in elsewhere.py."""
    printed = set(commands())
    known = {*WALKED, *MENTIONED, *ELSEWHERE}

    assert printed - known == set()
    assert known - printed == set()


def test_every_block_has_a_language() -> None:
    """Else commands could hide in one."""
    for document in DOCUMENTS:
        assert {language for language, _ in blocks(document)} <= LANGUAGES
        assert "```" not in prose(document)
        assert re.findall(r"^ {4}\S.*", prose(document), re.MULTILINE) == []


@pytest.mark.parametrize("mentioned", MENTIONED)
def test_what_is_mentioned_is_walked(mentioned: str) -> None:
    """As the beginning of a command, placeholders left out."""
    words = [word for word in mentioned.removeprefix("uv run ").split() if not word.isupper()]

    assert any(f"{' '.join(words)} " in f"{command} " for command in WALKED)


@pytest.mark.parametrize("command", ELSEWHERE)
def test_what_cannot_be_run_here_is_tried_as_far_as_it_can(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, for whoever wonders."""
    place = ELSEWHERE[command]
    tried = place.check(command, tmp_path)
    with capsys.disabled():
        print(f"\n{command}\n  needs {place.needs}: {tried}", end="")  # noqa: T201  what was not run


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a clone has it, and nothing else."""
    folder = tmp_path_factory.mktemp("walk") / "gateway"
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def packages(fresh: Path) -> dict[str, str]:
    """Variables that keep uv from asking whether there are newer packages, where its cache knows all that it takes."""
    command = ["uv", "lock", "--offline", "--dry-run", "--quiet"]
    done = subprocess.run(command, check=False, cwd=fresh, env=walkers_environment(), capture_output=True)
    assert not (fresh / "uv.lock").exists()
    return {} if done.returncode else {"UV_OFFLINE": "1"}


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    fake.add("+14155551234", voice_url="https://old.test/voice")
    with fake.running():
        yield fake


@pytest.fixture
def telnyx() -> Iterator[FakeTelnyx]:
    fake = FakeTelnyx()
    fake.add("+13125550001", fake.add_application("Desk", voice_url="https://old.test/"))
    with fake.running():
        yield fake


class Walk:
    """Where things are this time, instead of where the documents say."""

    def __init__(self, folder: Path, packages: Mapping[str, str], twilio: FakeTwilio, telnyx: FakeTelnyx) -> None:
        server, admin, sandbox = free_port(), free_port(), free_port()
        self._folder = folder
        self._places = {
            "public": f"http://127.0.0.1:{server}",
            "admin": f"http://127.0.0.1:{admin}",
            "sandbox": f"http://127.0.0.1:{sandbox}",
            "twilio_token": FakeTwilio.TOKEN,
            "telnyx_public_key": PUBLIC_KEY,
            "signature": RequestValidator(FakeTwilio.TOKEN).compute_signature(
                f"http://127.0.0.1:{server}/webhooks/twilio/voice", {"CallSid": "CA1", "ToCity": ""}
            ),
        }
        self._changed = {
            "https://voice.example.org": "{public}",
            "https://YOUR-TUNNEL": "{public}",
            "https://YOUR_PUBLIC_URL": "{public}",
            "http://ADDRESS:9090": "{admin}",
            "http://127.0.0.1:8080": "{public}",
            "http://localhost:8080": "{public}",
            "http://127.0.0.1:8400": "{sandbox}",
            "https://api.kallglot.com": "{sandbox}",
            "gateway sandbox": f"gateway sandbox --port {sandbox}",
            "sk_live_…": CALLER,
            '["…"]': '["{twilio_token}"]',
        }
        self.environ = walkers_environment(
            GATEWAY_SERVER__HOST="127.0.0.1",
            GATEWAY_SERVER__PORT=str(server),
            GATEWAY_ADMIN__PORT=str(admin),
            # Other tests use the machine: their lateness is not this gateway's.
            GATEWAY_ADMISSION__MAX_LAG_MS="0",
            GATEWAY_KALLGLOT__BASE_URL=f"http://127.0.0.1:{sandbox}/v1",
            GATEWAY_TWILIO__ACCOUNT_SID=FakeTwilio.SID,
            GATEWAY_TWILIO__API_URL=twilio.url,
            GATEWAY_TELNYX__API_KEY=FakeTelnyx.KEY,
            GATEWAY_TELNYX__API_URL=f"{telnyx.url}/v2",
            **packages,
        )

    def write_what_users_write(self) -> None:
        """The request that was refused, its body, and the limits of a load."""
        signed = f"X-Twilio-Signature: {self._places['signature']}"
        form = "Content-Type: application/x-www-form-urlencoded"
        request = ["POST /webhooks/twilio/voice HTTP/1.1", "Host: voice.example.net", form, signed, "", FORM]
        (self._folder / "request.txt").write_text("\n".join(request))
        (self._folder / "body.txt").write_text(FORM)
        (limits,) = [block for language, block in blocks("README.md") if language == "toml" and "limits.toml" in block]
        (self._folder / "limits.toml").write_text(limits)

    def typed(self, step: Step, said: str) -> str:
        """The command with this time's places and ids in it."""
        command = step.printed
        for before, after in {**step.changed, **self._changed}.items():
            command = command.replace(before, after)
        for name, value in self._places.items():
            command = command.replace(f"{{{name}}}", value)
        for name, pattern in (("CALL_ID", r"call_[a-z0-9]{26}\b"), ("SESSION_ID", r"sess_\w+")):
            if name in command:
                command = command.replace(name, re.findall(pattern, said)[-1])
        return command

    async def take(self, step: Step, shell: Shell, client: httpx.AsyncClient) -> None:
        """Do one step; it has to come to what it should."""
        command = self.typed(step, shell.said())
        if step.serves and "&" not in command:
            command += " &"
        outcome = await shell.run(command, timeout_s=_DONE_S)

        assert outcome.code in step.codes, f"{command}\n{outcome.output}"
        assert step.says in outcome.output, f"{command}\n{outcome.output}"
        if step.serves:
            await until(lambda: answers(client, step.serves.format(**self._places)), timeout_s=30)


async def answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code < 500
    except httpx.TransportError:
        return False


def walkers_environment(**more: str) -> dict[str, str]:
    """A new user's: nothing of this process's own place."""
    environ = surroundings(COLUMNS="120", **more)
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON"):
        environ.pop(name, None)
    return environ


@pytest.mark.slow
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name.replace(" ", "-"))
async def test_a_new_user_gets_there(
    chapter: Chapter, fresh: Path, packages: dict[str, str], twilio: FakeTwilio, telnyx: FakeTelnyx, tmp_path: Path
) -> None:
    """Command by command, in a folder and an environment of its own."""
    walk = Walk(fresh, packages, twilio, telnyx)
    walk.write_what_users_write()
    async with open_shell(fresh, tmp_path, walk.environ) as shell, httpx.AsyncClient() as client:
        for step in chapter.steps:
            await walk.take(step, shell, client)
