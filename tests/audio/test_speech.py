import audioop
from functools import cache, reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K
from gateway.audio.speech import SpeechDetector
from gateway.audio.transcode import silence
from tests.audio.tones import pieces, tone


@cache
def voice(ms: int) -> bytes:
    """A vowel, as far as a detector can tell: 150 Hz and its harmonics up to 2850 Hz, falling, as μ-law."""
    harmonics = [tone(150 * n, 8000, ms, amplitude=8000 // n) for n in range(1, 20)]
    return audioop.lin2ulaw(reduce(lambda a, b: audioop.add(a, b, 2), harmonics), 2)


def fed(detector: SpeechDetector, ulaw: bytes, lengths: list[int], start_ms: int = 1000) -> tuple[list[bool], int]:
    """What the detector answers to a stream that is cut into these many bytes, and when the stream was over."""
    answers, now_ms = [], start_ms
    for piece in pieces(ulaw, lengths):
        now_ms += len(piece) // 8
        answers.append(detector.feed(piece, now_ms))
    return answers, now_ms


def test_a_voice_is_speech_and_silence_is_not() -> None:
    """A turn is seen while it lasts, and over within 200 ms of its end (WebRTC's detector hangs on to it)."""
    answers, _ = fed(SpeechDetector(), silence(PCMU_8K, 200) + voice(600) + silence(PCMU_8K, 600), [160])

    assert not any(answers[:10])
    assert all(answers[12:40])
    assert not any(answers[50:])


def test_quiet_counts_from_the_last_speech() -> None:
    """After 600 ms of silence somebody has been quiet for that long, less what the detector hangs on to."""
    detector = SpeechDetector()

    _, now_ms = fed(detector, voice(600) + silence(PCMU_8K, 600), [160])

    assert 400 <= detector.quiet_ms(now_ms) <= 600
    assert detector.quiet_ms(now_ms + 250) == detector.quiet_ms(now_ms) + 250


def test_nobody_is_quiet_while_speaking() -> None:
    """The last 20 ms were speech, so the silence has no length."""
    detector = SpeechDetector()

    _, now_ms = fed(detector, voice(600), [160])

    assert detector.quiet_ms(now_ms) == 0


def test_quiet_counts_from_the_beginning_where_nobody_ever_spoke() -> None:
    """A caller who never says a word is quiet since the call began, not since the machine did."""
    detector = SpeechDetector()

    assert detector.quiet_ms(5000) == 0
    _, now_ms = fed(detector, silence(PCMU_8K, 300), [160], start_ms=7000)
    assert (now_ms, detector.quiet_ms(now_ms)) == (7300, 300)


def test_less_than_a_frame_changes_no_answer() -> None:
    """The detector needs 20 ms to make up its mind."""
    detector = SpeechDetector()

    assert detector.feed(voice(400), 1400)
    assert detector.feed(silence(PCMU_8K, 19), 1419)


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 120).map(lambda ms: ms * 8), min_size=1, max_size=5))
def test_the_answer_does_not_depend_on_the_pieces(lengths: list[int]) -> None:
    """Chunks of 100 ms find the same end of the turn, to the millisecond, as frames of 20 ms do."""
    said = voice(400) + silence(PCMU_8K, 300)
    by_frames, by_pieces = SpeechDetector(), SpeechDetector()

    frame_answers, now_ms = fed(by_frames, said, [160])
    piece_answers, _ = fed(by_pieces, said, lengths)

    assert piece_answers[-1] == frame_answers[-1]
    assert by_pieces.quiet_ms(now_ms) == by_frames.quiet_ms(now_ms)


def test_a_stricter_detector_hears_no_more_speech() -> None:
    """`aggressiveness` reaches WebRTC: at 3 the turn ends no later than at 0."""
    patient, strict = SpeechDetector(aggressiveness=0), SpeechDetector(aggressiveness=3)
    said = voice(400) + silence(PCMU_8K, 300)

    heard_patiently, _ = fed(patient, said, [160])
    heard_strictly, _ = fed(strict, said, [160])

    assert sum(heard_strictly) < sum(heard_patiently)
