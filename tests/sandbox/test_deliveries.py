import itertools

from gateway.sandbox.deliveries import Delivery, delays_s, headers, signature

BODY = b'{"id":"evt_1"}'


def delivery(attempts: int) -> Delivery:
    return Delivery(
        id="wh_del_1", endpoint_id="wh_1", event_id="evt_1", event_type="session.ended", created_s=7, attempts=attempts
    )


def test_a_body_is_signed_as_documented() -> None:
    """HMAC-SHA256 over time and raw body; computed once with openssl."""
    expected = "8623db0d1b40d08d5d1e1f11cbc3a97d4427d9bd165468bb47ae8daeee17c8a7"

    assert signature("whsec_1", 1_711_454_460, BODY) == f"t=1711454460,v1={expected}"


def test_each_attempt_carries_the_documented_headers() -> None:
    """The same delivery, counted from 0, with the event's own time."""
    found = headers(delivery(2), "whsec_1", 9, BODY)

    assert found["Kallglot-Signature"] == signature("whsec_1", 9, BODY)
    assert (found["Kallglot-Webhook-Id"], found["Kallglot-Retry-Count"]) == ("wh_del_1", "2")
    assert (found["Kallglot-Original-Timestamp"], found["Content-Type"]) == ("7", "application/json")


def test_eight_attempts_in_the_documented_steps() -> None:
    """0, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 24 h: about 41 hours in all; jitter makes them longer, never shorter."""
    plain = list(delays_s(1.0, itertools.repeat(0.0)))
    late = list(delays_s(1.0, itertools.repeat(1.0)))

    assert [round(delay_s / 60) for delay_s in plain] == [0, 1, 5, 30, 120, 300, 600, 1440]
    assert 41 <= sum(plain) / 3600 < 42
    assert [round(delay_s / 60, 1) for delay_s in late] == [0, 1.1, 5.5, 33, 132, 330, 660, 1584]


def test_a_test_may_compress_them() -> None:
    """In the same proportions."""
    assert sum(delays_s(1e-6, itertools.repeat(0.0))) < 0.2
