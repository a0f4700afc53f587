import json
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import SystemClock
from gateway.errors import ConfigError
from gateway.sandbox.app import operations
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.faults import OPERATIONS, Effect, Fault, FaultQueue, load_faults, parse_fault
from gateway.sandbox.options import SandboxOptions
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
    assert [queue.take("create_session") for _ in range(4)] == [first, first, second, None]
    assert queue.pending == 0


def test_faults_can_be_forgotten() -> None:
    """The next test starts with a healthy sandbox."""
    queue = FaultQueue()
    queue.add(Fault(times=5, status=503))
    queue.clear()

    assert (queue.pending, queue.take("create_session")) == (0, None)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        pytest.param({"on": "creat_session", "status": 503}, "on", id="on nothing that there is"),
        pytest.param({"times": 0}, "times", id="never"),
        pytest.param({"status": 99}, "status", id="no status"),
        pytest.param({"status": 600}, "status", id="beyond http"),
        pytest.param({"status": 201}, "status", id="success without body"),
        pytest.param({"delay_s": -1}, "delay_s", id="negative delay"),
        pytest.param({"hang_s": -1}, "hang_s", id="negative hang"),
        pytest.param({"on": "stream"}, "effect", id="a stream without an effect"),
        pytest.param({"effect": "cut"}, "effect", id="an effect on a request"),
        pytest.param({"on": "stream", "effect": "melt"}, "effect", id="unknown effect"),
        pytest.param({"credits": -1}, "credits", id="negative credits"),
        pytest.param({"times": "x"}, "times", id="not a number"),
        pytest.param({"sttus": 503}, "", id="misspelt"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(body: dict[str, Any], param: str) -> None:
    """A test with a typo hears of it instead of passing."""
    with pytest.raises(Refused) as caught:
        parse_fault(json.dumps(body).encode())

    assert (caught.value.status, caught.value.param) == (422, param)


def test_a_fault_may_be_ordered_on_every_operation() -> None:
    """By the id that the OpenAPI document gives it."""
    offered = [operation.id for operation in operations(Exchange(SandboxOptions(), SystemClock()))]

    assert sorted(offered) == sorted(OPERATIONS)
    for target in (*offered, "any", "connect", "recording", "analysis"):
        assert parse_fault(json.dumps({"on": target}).encode()).on == target


def test_a_fault_is_read_from_json() -> None:
    """All of its fields."""
    fault = parse_fault(b'{"times":2,"status":429,"retry_after_s":1.5,"delay_s":0.1,"code":"x","message":"m"}')

    assert fault == Fault(times=2, status=429, retry_after_s=1.5, delay_s=0.1, code="x", message="m")
    assert parse_fault(b'{"status":201,"html":"x"}').html == "x"


def test_each_target_meets_its_own_faults() -> None:
    """An operation falls back on what was ordered for any; streams and connects do not."""
    queue = FaultQueue()
    queue.add(Fault(on="any", status=500))
    queue.add(Fault(on="connect", code="expired_token"))
    queue.add(Fault(on="end_session", status=503))

    assert queue.take("stream") is None
    assert [queue.take_operation(on) for on in ("end_session", "retrieve_session", "end_session")] == [
        Fault(on="end_session", status=503),
        Fault(on="any", status=500),
        None,
    ]
    assert queue.pending == 1


def test_a_refused_connect_is_403() -> None:
    """As a token that has expired is, unless a status is named."""
    with pytest.raises(Refused) as caught:
        Fault(on="connect", code="expired_token").answer()

    assert (caught.value.status, caught.value.code) == (403, "expired_token")


def test_faults_are_read_from_a_file(tmp_path: Path) -> None:
    """`gateway sandbox --faults`: any number of them."""
    path = tmp_path / "faults.toml"
    path.write_text("""
[[fault]]
on = "create_session"
status = 503
times = 2

[[fault]]
on = "stream"
effect = "starve"
after_s = 3
for_s = 2
""")

    assert load_faults(path) == [
        Fault(on="create_session", status=503, times=2),
        Fault(on="stream", effect=Effect.STARVE, after_s=3, for_s=2),
    ]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("[[fault]", 1, id="no toml"),
        pytest.param("[fault]", 1, id="no list"),
        pytest.param('[[fault]]\nstatus = 99\n[[fault]]\non = "stream"', 2, id="two that make no sense"),
    ],
)
def test_a_file_that_cannot_be_used_is_the_operator_s_problem(tmp_path: Path, text: str, problems: int) -> None:
    """Every fault that is wrong is named by its number."""
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_faults(path)

    assert len(caught.value.problems) == problems


def test_a_missing_file_is_the_operator_s_problem(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load_faults(tmp_path / "absent.toml")
