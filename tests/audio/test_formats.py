import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, ByteOrder, Encoding


@pytest.mark.parametrize(
    ("fmt", "bytes_per_second"),
    [
        pytest.param(PCMU_8K, 8000, id="pcmu"),
        pytest.param(AudioFormat(Encoding.PCMA), 8000, id="pcma"),
        pytest.param(AudioFormat(Encoding.L16, 24000), 48000, id="l16"),
        pytest.param(AudioFormat(Encoding.G722), 8000, id="g722 as RFC 3551 declares it"),
        pytest.param(AudioFormat(Encoding.G722, 16000), 8000, id="g722 as it is sampled"),
        pytest.param(AudioFormat(Encoding.OPUS, 48000), None, id="opus"),
        pytest.param(AudioFormat(Encoding.AMR_WB, 16000), None, id="amr-wb"),
    ],
)
def test_a_payload_s_length_is_its_duration_where_frames_do_not_vary(
    fmt: AudioFormat, bytes_per_second: int | None
) -> None:
    """Gaps are filled and audio is paced by counting bytes, where that can be done at all."""
    assert fmt.bytes_per_second == bytes_per_second


def test_the_byte_order_is_rfc_3551_s_unless_said_otherwise() -> None:
    """L16 is big-endian on the wire."""
    assert AudioFormat(Encoding.L16).byte_order is ByteOrder.BIG
