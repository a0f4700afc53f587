import msgspec

from gateway.simulator.dialect import Complaint
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
    assert (empty.counts, empty.spreads, empty.reasons, empty.complaints, empty.active) == ({}, {}, {}, {}, 3)


def test_complaints_are_told_by_their_words_and_those_without_end_by_their_codes() -> None:
    """One that quotes an id is another in each call: a load of thousands must not tell each of them."""
    tally = Tally()
    for number in range(100):
        tally.complain(Complaint("31951", f"streamSid is MZ{number}"))
        tally.complain(Complaint("mustache", "{{ in it is interpreted"))
    told = tally.take(0, 0.0)

    assert told.counts == {"complaints": 200}
    assert told.complaints["mustache: {{ in it is interpreted"] == 100
    assert told.complaints["31951: streamSid is MZ0"] == 1
    assert told.complaints["31951: others"] == 95
    assert len(told.complaints) == 7


def test_a_complaint_that_quotes_a_document_is_cut_short() -> None:
    """It is a line of a report."""
    tally = Tally()
    tally.complain(Complaint("document", "x" * 10_000))
    [kind] = tally.take(0, 0.0).complaints

    assert kind == "document: " + "x" * 190
