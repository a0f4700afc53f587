from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.carriers.audio import MediaBody, Run
from gateway.telemetry.counts import CallCounts
from gateway.telemetry.jitter import Jitter
from tests.bridge.caller_frames import spoken


def run_of(first: int, frames: int, step: int) -> Run:
    """As a carrier's numbers and times would be, from the frame `first` on."""
    audio = b"".join(spoken(number) for number in range(first, first + frames))
    return Run(audio, first, first * 20, step if frames > 1 else 0, frames)


RUNS = st.builds(
    run_of, first=st.integers(1, 30), frames=st.integers(1, 5), step=st.sampled_from([20, 20, 20, 20, 19, 0, 160])
)


@given(
    runs=st.lists(st.tuples(RUNS, st.integers(0, 250), st.booleans()), max_size=30),
    steady=st.integers(0, 20),
    in_order=st.booleans(),
)
def test_a_run_says_what_its_frames_say(runs: list[tuple[Run, int, bool]], steady: int, *, in_order: bool) -> None:
    """The same chunks at the same times, the same counts and the same jitter, whatever came before."""
    jitters, counts = (Jitter(), Jitter()), (CallCounts(), CallCounts())
    ones, others = (
        Uplink(PCMU_8K, UplinkPolicy(), count, in_order=in_order, jitter=jitter)
        for count, jitter in zip(counts, jitters, strict=True)
    )
    now_ms = 0
    flowing = [(run_of(1 + 5 * number, 5, 20), 100, True) for number in range(steady)]
    for run, wait_ms, came_before in (*flowing, *runs):
        now_ms += wait_ms
        assert ones.tick(now_ms) == others.tick(now_ms)
        chunks = ones.feed(run, now_ms, came_before=came_before)
        assert chunks == others.feed(run.bodies(), now_ms, came_before=came_before)
        assert ones.missing_frames == others.missing_frames
        assert ones.next_deadline_ms() == others.next_deadline_ms()
    assert ones.flush(now_ms) == others.flush(now_ms)
    assert counts[0] == counts[1]
    assert jitters[0].take_highest_ms() == jitters[1].take_highest_ms()


def test_a_frame_that_came_in_a_run_is_known_when_it_comes_again() -> None:
    """Twilio's frames come in order, but one may be sent twice."""
    counts = CallCounts()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), counts, in_order=True)
    uplink.feed([MediaBody(spoken(1), 1, 20)], 0)
    uplink.feed(run_of(2, 3, 20), 60)
    uplink.feed([MediaBody(spoken(4), 4, 80)], 60)
    assert (counts.frames_in, counts.duplicates, counts.gap_frames) == (5, 1, 0)
