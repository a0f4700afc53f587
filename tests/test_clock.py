import time

from gateway.clock import SystemClock


def test_intervals_never_go_back() -> None:
    """Whatever is done to the machine's calendar."""
    clock = SystemClock()
    readings = [clock.now_ms() for _ in range(1_000)]
    assert readings == sorted(readings)


def test_unix_time_is_the_machine_s() -> None:
    """In whole milliseconds."""
    before = time.time_ns() // 1_000_000
    assert before <= SystemClock().unix_ms() <= time.time_ns() // 1_000_000
