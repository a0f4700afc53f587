"""How busy the machine was: on one that has too much to do, milliseconds say little about a gateway."""

from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class CpuTicks:
    """What all cores have done since the machine was started, whoever asked for it."""

    idle: int
    total: int

    def busy_since(self, before: "CpuTicks") -> float:
        """The share of the time since then in which the cores were at work, 0 to 1."""
        total = self.total - before.total
        return 1 - (self.idle - before.idle) / total if total else 0.0


def cpu_ticks() -> CpuTicks:
    """As the kernel counts them: the line `cpu` of /proc/stat (proc_stat(5)); `iowait` is idle time too."""
    user, nice, system, idle, iowait, irq, softirq, steal, *_ = map(int, _STAT.read_text().split(maxsplit=11)[1:9])
    return CpuTicks(idle + iowait, user + nice + system + idle + iowait + irq + softirq + steal)
