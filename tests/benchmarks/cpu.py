"""Which core does what, and how much of it a process used."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Seconds of a core. The kernel counts them to the nanosecond, and in hundredths where each was spent."""

    total_s: float
    user_s: float
    system_s: float

    def since(self, before: "CpuTime") -> "CpuTime":
        """What was added."""
        return CpuTime(self.total_s - before.total_s, self.user_s - before.user_s, self.system_s - before.system_s)


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the relay that is measured, another for everything else."""

    relay: int
    rest: int

    @property
    def are_shared(self) -> bool:
        """There is one core only: the figures still count CPU time, but the load is less punctual."""
        return self.relay == self.rest


def choose_cores() -> Cores:
    """The last core that this process may use for the relay, the first for the rest."""
    usable = sorted(os.sched_getaffinity(0))
    return Cores(relay=usable[-1], rest=usable[0])


def pin(core: int) -> None:
    """Run this process on that core from now on, and the threads that it will start."""
    os.sched_setaffinity(0, {core})


def cpu_time(pid: int) -> CpuTime:
    """What a process and all its threads have used so far: /proc/PID/stat and, of live threads, schedstat (proc(5))."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    # The name in parentheses may hold spaces; the third field, the state, follows it.
    fields = stat.rpartition(")")[2].split()
    user_s, system_s = int(fields[11]) / _TICKS_PER_S, int(fields[12]) / _TICKS_PER_S
    try:
        threads = Path(f"/proc/{pid}/task").iterdir()
        total_s = sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except FileNotFoundError:  # a kernel without it
        total_s = user_s + system_s
    return CpuTime(total_s, user_s, system_s)


def busy_s(core: int) -> float:
    """Seconds in which that core did something, whoever for, since the machine started: proc(5), /proc/stat."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS_PER_S
    return 0.0
