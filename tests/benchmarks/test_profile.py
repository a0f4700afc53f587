import cProfile
from pathlib import Path

from tests.benchmarks.profile import collapsed, noted


def test_a_function_has_the_share_of_the_stacks_that_end_in_it() -> None:
    """Whatever its line, and whatever called it; a thread that waits has none."""
    stacks = (
        "thread (7): MainThread;main (a.py:1);feed (b.py:10) 3\nthread (7): MainThread;main (a.py:2);feed (b.py:12) 3\n"
        "thread (7): MainThread;main (a.py:1);__send (libc.so.6) 2\nthread (8): ledger;run (c.py:1) 99\n"
    )
    assert collapsed(stacks) == {"feed (b.py)": 0.75, "__send (libc.so.6)": 0.25}


def test_what_was_noted_from_within_has_shares_too(tmp_path: Path) -> None:
    profile = cProfile.Profile()
    profile.runcall(sorted, range(100_000))
    profile.dump_stats(tmp_path / "profile")
    shares = noted(tmp_path / "profile")
    assert sum(shares.values()) == 1 or abs(sum(shares.values()) - 1) < 1e-9
    assert shares.most_common(1)[0][0].startswith("<built-in method builtins.sorted>")
