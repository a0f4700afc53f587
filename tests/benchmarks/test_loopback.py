from pathlib import Path

from tests.benchmarks.loopback import dropped_packets


def test_what_each_core_dropped_is_added_up(tmp_path: Path) -> None:
    """proc_net_softnet(5): a line for each core, hexadecimal, the second field counts what was dropped."""
    softnet = tmp_path / "softnet_stat"
    softnet.write_text("104cd8d2 000006dc 00000000\n06750a60 00000001 00000000\n")
    assert dropped_packets(softnet) == 0x6DD
    assert dropped_packets(tmp_path / "missing") == 0
