"""Where the parts of the benchmark play: cores, folders, a fresh relay with a far end of its own, and progress."""

import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.benchmarks.cpu import Cores
from tests.benchmarks.far_end import FarEnd, run_far_end
from tests.benchmarks.processes import Relay, run_relay
from tests.benchmarks.report import BARE, OURS, PLAIN
from tests.kallglot.certificates import certificate

_MODULES = {PLAIN: "tests.benchmarks.plain", BARE: "tests.benchmarks.bare", OURS: "tests.benchmarks.served"}


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Stage:
    """Handed to every part."""

    cores: Cores
    folder: Path
    short: bool = False
    """To see that it works, with few calls and for seconds; the figures mean nothing."""
    minutes: float = 1.0
    """Of the soak."""
    say: Callable[[str], None] = _to_stderr
    """Progress, a line at a time."""

    @property
    def seconds(self) -> float:
        """Of a window."""
        return 1.0 if self.short else 8.0

    @asynccontextmanager
    async def play(self, name: str, *, tls: bool = False) -> AsyncIterator[tuple[Relay, FarEnd]]:
        """A relay's process, new, and a Kallglot of its own, over TLS where that is wanted."""
        folder = self.folder / str(next(_numbers))
        folder.mkdir()
        trusted, context = None, None
        if tls:
            trusted = certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(trusted)
        async with (
            run_far_end(context) as far_end,
            run_relay(
                name, _MODULES[name], self.cores.relay, far_end.base_url, folder, trust=trusted, logs=False
            ) as relay,
        ):
            yield relay, far_end
