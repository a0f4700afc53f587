import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.errors import ConfigError
from gateway.simulator.telnyx.signature import private_key, sign

SEED = base64.b64encode(bytes(range(32))).decode()


def test_signs_timestamp_and_raw_body() -> None:
    """A vector that Telnyx' own package accepts."""
    key = private_key(SEED)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert base64.b64encode(public) == b"A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
    body = b"AccountSid=f5586561&CallSid=v3%3Aabc&From=%2B13122010091&To=%2B13122010090"
    assert sign(key, body, 1700000000) == {
        "telnyx-timestamp": "1700000000",
        "telnyx-signature-ed25519": (
            "Jkc/s3ppaVl5etrC0fQci/NJUN9U3Twl8q6RLM+E7ZZeHRXLQyDkRkpQ/p5axj5uWRQ2/V6bSkucsiClRJCBBw=="
        ),
    }


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ("not base64!", "signing_seed must be base64"),
        ("Schlüssel", "signing_seed must be base64"),
        ("YWJj", "signing_seed must hold 32 bytes, not 3"),
    ],
)
def test_refuses_what_is_no_seed(seed: str, problem: str) -> None:
    """The message says what a seed is."""
    with pytest.raises(ConfigError, match=problem):
        private_key(seed)
