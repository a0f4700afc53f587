"""What can go wrong, by whose fault it is.

GatewayError
├── LocalStateError               we are wrong: a bug here
├── PeerError                     they are wrong: a carrier, a caller, Kallglot
│   ├── MessageError              not a message the peer documents
│   ├── UnsupportedFormatError    audio we can neither read nor write
│   ├── WebhookError              not a webhook the peer documents
│   │   └── SignatureError        nor one it can have signed
│   ├── TicketError               a media socket without a valid ticket
│   ├── RecordingError            no black box of a call's: damaged, or another version's
│   ├── CarrierApiError           a carrier's REST API said no, or nothing
│   └── KallglotError             Kallglot said no
│       └── KallglotUnavailableError    or could not say anything; the only one worth a retry
├── ConfigError                   the operator is wrong: every problem, named by its setting
└── CapacityError                 nobody is wrong; there is no room
    └── StoreUnavailableError     the ledger does not answer
"""

from collections.abc import Sequence
from enum import StrEnum


class GatewayError(Exception):
    """Anything this package raises on purpose."""


class LocalStateError(GatewayError):
    """We did something that the state we are in does not allow."""


class PeerError(GatewayError):
    """The other side broke its own contract."""


class MessageFault(StrEnum):
    """What is wrong with a message that a socket brought; the `reason` label of dropped frames."""

    NOT_JSON = "not_json"
    NOT_A_MESSAGE = "not_a_message"
    UNKNOWN_TYPE = "unknown_type"
    BAD_BASE64 = "bad_base64"
    ODD_LENGTH = "odd_length"
    TOO_LARGE = "too_large"
    BINARY = "binary"


class MessageError(PeerError):
    """A message that is not one of the peer's documented ones."""

    def __init__(self, fault: MessageFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


class UnsupportedFormatError(PeerError):
    """Audio in an encoding, or at a rate, that we cannot read or cannot write."""


class WebhookError(PeerError):
    """A webhook body that does not say what the peer's webhooks say."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class SignatureFault(StrEnum):
    """Why a signature was refused; the `reason` label of `gateway_webhook_rejects_total`."""

    MISSING = "missing"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"
    STALE = "stale"
    ADDRESS = "address"
    UNCONFIGURED = "unconfigured"


class SignatureError(WebhookError):
    """A request that the peer it claims to come from cannot have signed."""

    def __init__(self, fault: SignatureFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class TicketFault(StrEnum):
    """Why a media socket was refused; the `result` label of `gateway_media_auth_total`."""

    UNKNOWN = "unknown_ticket"
    USED = "used_ticket"
    EXPIRED = "expired_ticket"
    WRONG_CARRIER = "wrong_carrier"
    CALL_OVER = "call_over"
    BAD_SIGNATURE = "bad_signature"


class TicketError(PeerError):
    """A media socket that no call of ours is waiting for."""

    def __init__(self, fault: TicketFault) -> None:
        super().__init__(f"media socket refused: {fault}")
        self.fault = fault


class CarrierApiError(PeerError):
    """A carrier's REST API refused, or could not be asked; names the setting that leads there."""


class KallglotError(PeerError):
    """Kallglot refused a request, in its own words.

    `code`, `message` and `request_id` are Kallglot's; `status` is the HTTP status, 0 where there was no answer.
    """

    def __init__(self, code: str, message: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(f"{code}: {message}" + (f" (HTTP {status})" if status else ""))
        self.code = code
        self.message = message
        self.status = status
        self.request_id = request_id


class KallglotUnavailableError(KallglotError):
    """Kallglot did not answer, or said that it cannot answer now.

    `retry_after_s` is how long it asked us to wait, where it did.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(code, message, status=status, request_id=request_id)
        self.retry_after_s = retry_after_s


class RecordingError(PeerError):
    """A call's black box that cannot be opened: it is damaged, or another version of the gateway wrote it."""


class ConfigError(GatewayError):
    """Configuration that cannot be used: every problem found, each named by its setting."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class CapacityError(GatewayError):
    """There is no room, or nothing to make room with."""


class StoreUnavailableError(CapacityError):
    """The ledger cannot be reached; calls in progress do not need it, new ones do."""
