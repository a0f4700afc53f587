"""What the machine loses between two of its own processes."""

from pathlib import Path

_SOFTNET = Path("/proc/net/softnet_stat")
_DROPPED = 1
"""Which of a line's hexadecimal fields counts packets for which a core's queue had no room."""


def dropped_packets(softnet: Path = _SOFTNET) -> int:
    """Since the machine started; 0 where the kernel does not say. TCP sends them again, 40 to 200 ms later."""
    try:
        lines = softnet.read_text().splitlines()
    except FileNotFoundError:
        return 0
    return sum(int(line.split()[_DROPPED], 16) for line in lines)
