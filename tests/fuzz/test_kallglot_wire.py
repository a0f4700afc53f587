"""What Kallglot says: REST answers, stream messages, signed events, addresses of streams."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bridge.grants import granted
from gateway.errors import KallglotError, KallglotUnavailableError, MessageError, SignatureError, WebhookError
from gateway.kallglot import webhooks
from gateway.kallglot.excerpt import excerpt
from gateway.kallglot.messages import AudioInput, AudioOutput, SessionError, decode
from gateway.kallglot.models import check_session_end, decode_session
from gateway.kallglot.refusals import refusal
from gateway.kallglot.upgrade import address
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import joined, messages, texts

SECRET = "whsec_1"
NOW_S = 1_700_000_000

headers = st.dictionaries(st.sampled_from(["retry-after", "x-request-id"]), texts)


@fuzz(137)
@given(messages("kallglot/rest/session*.json"))
def test_an_answer_is_a_session_or_a_kallglot_error(data: bytes) -> None:
    """What is read can be written down, asked for again and sent back in a header."""
    try:
        check_session_end(data)
    except KallglotError as exc:
        assert exc.code == "unexpected_answer"
    try:
        answer = decode_session(data)
    except KallglotError as exc:
        assert exc.code == "unexpected_answer"
        return
    assert answer.id.isascii()
    assert answer.id.isprintable()
    session = granted(answer, NOW_S * 1000)
    assert session is None or isinstance(session.token_expires_ms, int)


@fuzz(82)
@given(st.integers(300, 599), headers, messages("kallglot/rest/error*.json"))
def test_a_refusal_is_a_kallglot_error(status: int, headers: dict[str, str], body: bytes) -> None:
    """With a wait that can be waited for, where there is one."""
    error = refusal(status, headers, body)
    assert error.status == status
    assert error.code
    if isinstance(error, KallglotUnavailableError):
        assert error.retry_after_s is None or error.retry_after_s >= 0


@fuzz(137)
@given(messages("kallglot/stream/*.json"))
def test_a_stream_message_is_read_or_refused(data: bytes) -> None:
    """Audio says what it is, or that it cannot be played; an error has a code."""
    try:
        message = decode(data)
        if isinstance(message, AudioOutput):
            assert message.audio.format.rate_hz >= 8000
        if isinstance(message, SessionError):
            assert isinstance(message.code + message.message, str)
    except MessageError as exc:
        assert exc.fault


@fuzz(33)
@given(texts, st.integers(), st.integers(), st.binary())
def test_whatever_a_speaker_is_called_audio_can_be_sent(speaker: str, sequence: int, at_ms: int, ulaw: bytes) -> None:
    """The name is the operator's, and may hold what templates or JSON make much of."""
    if any("\ud800" <= character <= "\udfff" for character in speaker):
        return  # TOML has none
    assert AudioInput(speaker).encode(sequence, at_ms, ulaw)


@fuzz(82)
@given(messages("kallglot/events/*.json"), st.one_of(texts, st.none()))
def test_an_event_is_read_or_refused(body: bytes, header: str | None) -> None:
    """Signed by Kallglot or by nobody."""
    with pytest.raises(SignatureError):
        webhooks.verify((SECRET,), header, body, NOW_S)
    signature = hmac.new(SECRET.encode(), f"{NOW_S}.".encode() + body, hashlib.sha256).hexdigest()
    webhooks.verify((SECRET,), f"t={NOW_S},v1={signature},v0={(header or '').replace(',', '')}", body, NOW_S)
    try:
        event = webhooks.parse(body)
    except WebhookError:
        return
    assert event.id
    assert event.type


@fuzz(55)
@given(st.lists(st.sampled_from(["t=", "v1=", "1700000000", ",", "=", " ", "é", "-1", "9" * 20, "\ud800"])))
def test_a_signature_header_is_no_signature(parts: list[str]) -> None:
    """In the form that is documented, nearly."""
    with pytest.raises(SignatureError):
        webhooks.verify((SECRET,), "".join(parts), b"{}", NOW_S)


@fuzz(110)
@given(
    st.one_of(texts, joined([*":/@[]?#%\\. \x000", "wss://", "wss://", "ws://", "host", "::1", ":80", ":99999"])), texts
)
def test_a_stream_s_address_is_one_or_a_kallglot_error(url: str, token: str) -> None:
    """And the token is not told."""
    if any("\ud800" <= character <= "\udfff" for character in url + token):
        return  # JSON that was read has none
    try:
        uri = address(url, token)
    except KallglotError as exc:
        assert len(token) < 8 or token not in str(exc)
        return
    assert uri.host.isprintable()
    assert 0 <= uri.port < 65536
    assert uri.resource_name.encode("ascii").decode().isprintable()


@fuzz(33)
@given(st.binary(), texts)
def test_an_excerpt_is_short_and_on_one_line(data: bytes, secret: str) -> None:
    """It is logged."""
    shown = excerpt(data, secret)
    assert len(shown) <= 200
    assert "\n" not in shown
