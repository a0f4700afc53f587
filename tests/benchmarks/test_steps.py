from dataclasses import replace

from tests.benchmarks.cpu import CpuTime
from tests.benchmarks.load import Round
from tests.benchmarks.steps import Climb, broken, doubts

STEP = Round(
    relay="gateway",
    calls=1_000,
    seconds=10.0,
    cpu=CpuTime(7.0, 5.0, 2.0),
    generator_cpu_s=5.0,
    others_s=0.1,
    dropped=0,
    lateness_ms=[1.0],
    to_kallglot_ms=[0.1],
    to_carrier_ms=[0.2],
    frames=0,
    inputs=0,
    outputs=0,
    media=0,
    silent_bytes=0,
)
"""At 70 % of its core, and all is well."""


def test_a_step_that_was_measured_again_counts_as_it_was_then() -> None:
    """What held it up once may have been the machine."""
    held_up = replace(STEP, calls=1_400, to_carrier_ms=[200.0])
    again = replace(held_up, to_carrier_ms=[0.3], cpu=CpuTime(7.2, 5.0, 2.2))
    early = replace(STEP, cpu=CpuTime(3.0, 2.0, 1.0))
    climb = Climb("gateway", [early, held_up, again], held=1_400, ended="", problems=())
    assert climb.at_delay_limit is again


def test_a_step_breaks_where_relay_or_generator_are_at_their_end() -> None:
    assert broken(STEP) == ""
    assert "relay used 96%" in broken(replace(STEP, cpu=CpuTime(9.6, 9.0, 0.6)))
    assert "generator used 95%" in broken(replace(STEP, generator_cpu_s=9.5))
    assert "60 ms late" in broken(replace(STEP, lateness_ms=[60.0]))
    assert "delayed audio by 21 ms" in broken(replace(STEP, to_kallglot_ms=[21.0]))


def test_it_is_said_what_else_delays_audio() -> None:
    assert doubts([STEP]) == []
    assert doubts([STEP, replace(STEP, others_s=1.0)]) == ["whoever else used 10% of the relay's core"]
    [dropped] = doubts([replace(STEP, dropped=3), replace(STEP, dropped=4)])
    assert "dropped 7 packets" in dropped
