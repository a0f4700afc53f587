import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox.idempotency import TTL_MS, Answer, IdempotencyLedger, fingerprint
from gateway.sandbox.refusals import Refused

CREATE = fingerprint("POST /v1/sessions", {"mode": "ai_agent"})
CREATED = Answer(201, b'{"id":"sess_1"}')


def test_a_repeated_request_gets_the_first_answer() -> None:
    """Same status, same body, nothing done twice."""
    ledger = IdempotencyLedger()
    assert ledger.begin("k", CREATE, 0) is None
    ledger.finish("k", CREATED)

    assert ledger.begin("k", CREATE, 1000) == CREATED


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(fingerprint("POST /v1/sessions", {"mode": "help_chat_voice"}), id="another body"),
        pytest.param(fingerprint("POST /v1/sessions/sess_1/end", {"mode": "ai_agent"}), id="another route"),
    ],
)
def test_a_key_used_for_something_else_is_a_mismatch(other: bytes) -> None:
    """400, whether the first is through or not."""
    ledger = IdempotencyLedger()
    ledger.begin("k", CREATE, 0)
    with pytest.raises(Refused) as running:
        ledger.begin("k", other, 1)
    ledger.finish("k", CREATED)
    with pytest.raises(Refused) as finished:
        ledger.begin("k", other, 2)

    for refused in (running.value, finished.value):
        assert (refused.status, refused.code) == (400, "idempotency_mismatch")
        assert refused.kind == "invalid_request_error"


def test_a_request_still_running_is_a_conflict() -> None:
    """409, and when to come back."""
    ledger = IdempotencyLedger()
    ledger.begin("k", CREATE, 0)
    with pytest.raises(Refused) as caught:
        ledger.begin("k", CREATE, 1)

    assert (caught.value.status, caught.value.code) == (409, "idempotency_conflict")
    assert caught.value.retry_after_s == 1


def test_a_request_that_failed_may_be_sent_again() -> None:
    """Only successful responses are replayed."""
    ledger = IdempotencyLedger()
    ledger.begin("k", CREATE, 0)
    ledger.finish("k", Answer(503, b"{}"))
    assert ledger.begin("k", CREATE, 1) is None
    ledger.abandon("k")

    assert ledger.begin("k", CREATE, 2) is None


def test_a_key_lives_a_day() -> None:
    """After it the key is new; the younger one is still known."""
    ledger = IdempotencyLedger()
    ledger.begin("old", CREATE, 0)
    ledger.finish("old", CREATED)
    ledger.begin("young", CREATE, 1000)
    ledger.finish("young", CREATED)

    assert ledger.begin("old", CREATE, TTL_MS) is None
    assert ledger.begin("young", CREATE, TTL_MS) == CREATED


def test_abandoning_a_key_that_has_expired_meanwhile_is_nothing() -> None:
    """A request may hang for longer than its key lives."""
    ledger = IdempotencyLedger()
    ledger.begin("k", CREATE, 0)
    ledger.begin("other", CREATE, TTL_MS)
    ledger.abandon("k")
    ledger.finish("k", CREATED)

    assert ledger.begin("k", CREATE, TTL_MS) is None


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_bodies_are_compared_as_json(body: dict[str, object]) -> None:
    """Order and spacing of the keys do not matter."""
    turned = dict(reversed(body.items()))

    assert fingerprint("POST /", body) == fingerprint("POST /", json.loads(json.dumps(turned, indent=2)))


def test_a_key_may_be_remembered_by_another_process() -> None:
    """One that is still running is not: whoever ran it is gone."""
    first, second = IdempotencyLedger(), IdempotencyLedger()
    first.begin("a", fingerprint("POST /", {}), 1000)
    assert first.entry("a") is None
    first.finish("a", Answer(201, b"{}"))
    entry = first.entry("a")
    assert entry is not None
    second.restore("a", entry)

    assert second.begin("a", fingerprint("POST /", {}), 2000) == Answer(201, b"{}")
