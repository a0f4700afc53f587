import msgspec

from gateway.simulator.load.tally import Count, Figure, Sample, Tally, spreads_of


def test_a_sample_holds_what_happened_since_the_last_one() -> None:
    """And survives its way to another process."""
    tally = Tally()
    tally.active = 3
    tally.counts[Count.STARTED] += 2
    tally.reasons["reject"] += 1
    tally.spreads[Figure.SETUP].add(40)
    sample = msgspec.json.decode(msgspec.json.encode(tally.take(7, 0.5)), type=Sample)
    assert (sample.second, sample.active, sample.cpu_s) == (7, 3, 0.5)
    assert (sample.counts, sample.reasons) == ({"started": 2}, {"reject": 1})
    [(name, spread)] = spreads_of(sample).items()
    assert (name, spread.count, round(spread.most)) == ("setup", 1, 40)
    empty = tally.take(8, 0.0)
    assert (empty.counts, empty.spreads, empty.reasons, empty.active) == ({}, {}, {}, 3)
