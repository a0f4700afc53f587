import json
from typing import Any

import pytest

from gateway.sandbox.faults import Fault, FaultQueue, parse_fault
from gateway.sandbox.refusals import Refused


@pytest.mark.parametrize(
    ("fault", "status", "code", "kind"),
    [
        pytest.param(Fault(status=500), 500, "internal_error", "api_error", id="5xx"),
        pytest.param(Fault(status=429), 429, "rate_limit_exceeded", "rate_limit_error", id="429"),
        pytest.param(Fault(status=402), 402, "insufficient_api_credits", "permission_error", id="402"),
        pytest.param(Fault(status=418), 418, "invalid_request", "invalid_request_error", id="another 4xx"),
        pytest.param(Fault(code="maintenance"), 503, "maintenance", "api_error", id="code only"),
        pytest.param(Fault(hang_s=1), 503, "service_unavailable", "api_error", id="hang"),
    ],
)
def test_a_fault_refuses_in_the_documented_shape(fault: Fault, status: int, code: str, kind: str) -> None:
    """The code and type that belong to the status, unless the test names one."""
    with pytest.raises(Refused) as caught:
        fault.answer()

    assert (caught.value.status, caught.value.code, caught.value.kind) == (status, code, kind)


def test_a_fault_may_answer_anything() -> None:
    """HTML from a broken proxy, JSON of another shape."""
    html = Fault(html="<h1>Bad gateway</h1>").answer()
    shape = Fault(status=201, body={"session": 1}).answer()
    null = Fault(body=None).answer()

    assert html is not None
    assert shape is not None
    assert null is not None
    assert (html.status, html.body, html.content_type) == (502, b"<h1>Bad gateway</h1>", "text/html; charset=utf-8")
    assert (shape.status, json.loads(shape.body)) == (201, {"session": 1})
    assert (null.status, null.body) == (200, b"null")


def test_a_delay_alone_lets_the_create_succeed() -> None:
    """A slow Kallglot is not a broken one."""
    fault = Fault(delay_s=0.25)

    assert fault.answer() is None
    assert fault.wait_s == 0.25


def test_faults_are_met_in_order_and_as_often_as_asked() -> None:
    """Two of the first, one of the second, then peace."""
    queue = FaultQueue()
    first, second = Fault(times=2, status=503), Fault(status=429)
    queue.add(first)
    queue.add(second)

    assert queue.pending == 3
    assert [queue.take() for _ in range(4)] == [first, first, second, None]
    assert queue.pending == 0


def test_faults_can_be_forgotten() -> None:
    """The next test starts with a healthy sandbox."""
    queue = FaultQueue()
    queue.add(Fault(times=5, status=503))
    queue.clear()

    assert (queue.pending, queue.take()) == (0, None)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({"times": 0}, "times", id="never"),
        pytest.param({"status": 99}, "status", id="no status"),
        pytest.param({"status": 600}, "status", id="beyond http"),
        pytest.param({"status": 201}, "status", id="success without body"),
        pytest.param({"delay_s": -1}, "delay_s", id="negative delay"),
        pytest.param({"hang_s": -1}, "delay_s", id="negative hang"),
        pytest.param({"times": "x"}, "times", id="not a number"),
        pytest.param({"sttus": 503}, "", id="misspelt"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(body: dict[str, Any], param: str) -> None:
    """A test with a typo hears of it instead of passing."""
    with pytest.raises(Refused) as caught:
        parse_fault(json.dumps(body).encode())

    assert (caught.value.status, caught.value.param) == (422, param)


def test_a_fault_is_read_from_json() -> None:
    """All of its fields."""
    fault = parse_fault(b'{"times":2,"status":429,"retry_after_s":1.5,"delay_s":0.1,"code":"x","message":"m"}')

    assert fault == Fault(times=2, status=429, retry_after_s=1.5, delay_s=0.1, code="x", message="m")
    assert parse_fault(b'{"status":201,"html":"x"}').html == "x"
