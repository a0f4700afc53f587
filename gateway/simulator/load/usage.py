"""What a process uses of the machine, by Linux' /proc (proc(5)); nothing where that is not to be had."""

import contextlib
import os
from pathlib import Path

from msgspec import Struct

_MIB = 1024 * 1024


class Usage(Struct, frozen=True):
    """Of a process, its threads and the processes that it started."""

    cpu_s: float
    """Seconds of a core so far, with those of processes that have ended; the kernel counts them in hundredths."""
    memory_mib: float
    """Resident."""


def usage(pid: int) -> Usage | None:
    """Now, or None where there is no such process, or no /proc."""
    own = _own_usage(pid)
    if own is None:
        return None
    children = [child for child in map(usage, _children(pid)) if child is not None]
    return Usage(
        own.cpu_s + sum(child.cpu_s for child in children),
        own.memory_mib + sum(child.memory_mib for child in children),
    )


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, listing.read_text().split())
    return found


def _own_usage(pid: int) -> Usage | None:
    folder = Path(f"/proc/{pid}")
    try:
        stat = (folder / "stat").read_text()
        pages = (folder / "statm").read_text().split()[1]
    except OSError:
        return None
    # The name in parentheses may hold spaces; the third field, the state, follows it.
    fields = stat.rpartition(")")[2].split()
    # Its own, and that of children which have ended: a worker that is replaced must not take its time with it.
    ticks = sum(map(int, fields[11:15]))
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), int(pages) * os.sysconf("SC_PAGE_SIZE") / _MIB)
