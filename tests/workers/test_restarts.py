from gateway.workers.restarts import RestartPolicy, Restarts

POLICY = RestartPolicy(first_ms=100, ceiling_ms=350, steady_ms=1_000)


def test_a_worker_that_dies_again_and_again_waits_ever_longer() -> None:
    """A machine whose store is gone is not kept busy by starts that fail."""
    restarts = Restarts(POLICY)
    waits = []
    for now_ms in (0, 200, 600, 1_400):
        restarts.started(now_ms)
        waits.append(restarts.died(now_ms + 50))

    assert waits == [100, 200, 350, 350]


def test_a_worker_that_was_well_comes_back_at_once() -> None:
    """What happened yesterday is not held against it."""
    restarts = Restarts(POLICY)
    restarts.started(0)
    assert [restarts.died(10), restarts.died(20)] == [100, 200]

    restarts.started(100)
    assert restarts.died(1_099) == 350
    restarts.started(2_000)
    assert restarts.died(3_000) == 100
