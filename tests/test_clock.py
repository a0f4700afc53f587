from gateway.clock import SystemClock


def test_intervals_never_go_back() -> None:
    clock = SystemClock()
    readings = [clock.now_ms() for _ in range(1000)]
    assert readings == sorted(readings)


def test_unix_time_is_in_milliseconds() -> None:
    """Thirteen digits, from 2001 to 2286."""
    assert 10**12 < SystemClock().unix_ms() < 10**13
