import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.ids import new_id, new_stream_token


def test_an_id_is_its_prefix_and_a_ulid() -> None:
    """The ULID specification's own example: 26 characters, the first ten its time."""
    made = new_id("sess_", 1469918176385, lambda count: b"\0" * count)

    assert made == "sess_01ARYZ6S41" + "0" * 16


@given(st.integers(0, 2**48 - 2))
def test_ids_sort_by_their_time(unix_ms: int) -> None:
    """Whatever their random part is, a later id comes later in a list."""
    earlier = new_id("sess_", unix_ms, lambda count: b"\xff" * count)
    later = new_id("sess_", unix_ms + 1, lambda count: b"\0" * count)

    assert earlier < later


def test_a_stream_token_says_which_kind_of_key_asked_for_it() -> None:
    """`kst_live_` and `kst_test_`, and nothing in it that a URL would have to escape."""
    live = new_stream_token(live=True, entropy=lambda count: b"\xfb" * count)
    test = new_stream_token(live=False, entropy=lambda count: b"\xfb" * count)

    assert re.fullmatch(r"kst_live_[A-Za-z0-9_-]{32}", live)
    assert re.fullmatch(r"kst_test_[A-Za-z0-9_-]{32}", test)
