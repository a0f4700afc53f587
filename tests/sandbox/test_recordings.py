import pytest

from gateway.sandbox.journal import Journal
from gateway.sandbox.plans import RecordingPlan, SessionPlan
from gateway.sandbox.recordings import (
    RETENTION_MS,
    Recording,
    RecordingStatus,
    failed,
    new_recording,
    no_such_recording,
    ready,
    require_audio,
)
from gateway.sandbox.refusals import Refused
from gateway.sandbox.session import Session

NOW_MS = 1_774_522_800_000


def session(**options: object) -> Session:
    plan = SessionPlan("ai_agent", recording=RecordingPlan(**options))  # type: ignore[arg-type]  # any of its fields
    made = Session("sess_1", plan, NOW_MS, Journal(keep_audio=False))
    assert made.tape is not None
    made.tape.hear("customer", b"\x10" * 16_000, NOW_MS)
    return made


def recording(of: Session) -> Recording:
    made = new_recording("rec_1", of, NOW_MS)
    ready(made, 1234)
    return made


def test_a_recording_tells_what_it_will_be() -> None:
    """Its length and channels are known before it is encoded; where to get it is not."""
    made = new_recording("rec_1", session(), NOW_MS)

    assert (made.status, made.duration, made.channels, made.format) == (RecordingStatus.PROCESSING, 2.0, 2, "mp3")
    assert not made.download_url
    assert (made.created_at, made.expires_at) == ("2026-03-26T11:00:00Z", "2026-04-25T11:00:00Z")
    assert new_recording("rec_1", session(mix_mode="mixed"), NOW_MS).channels == 1


def test_a_recording_that_is_ready_says_where_it_is() -> None:
    """As a relative URL."""
    made = recording(session())

    assert (made.status, made.size, made.download_url) == ("ready", 1234, "/v1/recordings/rec_1/audio")
    require_audio(made, session(), NOW_MS)


@pytest.mark.parametrize("state", ["denied", "pending", "not_required"])
def test_audio_that_needs_consent_needs_it_granted(state: str) -> None:
    """403 in any other state."""
    it = session(consent_required=True, consent_state=state)
    with pytest.raises(Refused, match=state) as caught:
        require_audio(recording(it), it, NOW_MS)
    it.consent = "granted"
    require_audio(recording(it), it, NOW_MS)

    assert (caught.value.status, caught.value.code) == (403, "recording_consent_required")


def test_audio_that_needs_no_consent_is_not_asked_for_it() -> None:
    """Whatever its state."""
    it = session(consent_state="denied")
    require_audio(recording(it), it, NOW_MS)


def test_audio_expires() -> None:
    """404 from the very moment on."""
    it = session()
    require_audio(recording(it), it, NOW_MS + RETENTION_MS - 1)
    with pytest.raises(Refused) as caught:
        require_audio(recording(it), it, NOW_MS + RETENTION_MS)

    assert (caught.value.status, caught.value.code) == (404, "recording_expired")


def test_audio_that_is_not_there_yet_is_409() -> None:
    """Or never will be."""
    it = session()
    broken = new_recording("rec_2", it, NOW_MS)
    failed(broken, "No audio.")
    for made in (new_recording("rec_1", it, NOW_MS), broken):
        with pytest.raises(Refused) as caught:
            require_audio(made, it, NOW_MS)
        assert (caught.value.status, caught.value.code) == (409, "recording_not_ready")
    assert (broken.status, broken.error) == ("failed", "No audio.")


def test_an_unknown_recording_is_404() -> None:
    """With its id."""
    assert (no_such_recording("rec_9").status, "rec_9" in no_such_recording("rec_9").message) == (404, True)
