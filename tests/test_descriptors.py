import resource

from gateway.descriptors import raise_limit, wanted


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    """Of the usual 1,024 half a thousand calls would use up all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    try:
        assert raise_limit() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_call_takes_two_sockets() -> None:
    """Beside what a gateway without calls has open."""
    assert wanted(1_000) - wanted(0) == 2_000
    assert wanted(0) > 0
