"""What a simulated call is to be."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.calls import Carrier
from gateway.errors import ConfigError
from gateway.simulator.caller import Script
from gateway.simulator.fault_specs import Fault, unsuitable
from gateway.simulator.report import CallEvent

_RATES_HZ: Mapping[str, tuple[int, ...]] = {"PCMU": (8000,), "PCMA": (8000,), "G722": (8000,), "L16": (8000, 16000)}


class HangUpStyle(StrEnum):
    """How a media socket ends when the caller hangs up."""

    STOP = "stop"
    """`stop`, then a clean close."""
    DROP = "drop"
    """The connection is cut without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """One call: who calls whom, what is said, and what makes the caller hang up.

    Raises:
        ConfigError: it cannot be placed; every problem is named.
    """

    gateway_url: str
    """Where to connect, `http://127.0.0.1:8080`."""
    public_url: str = ""
    """What is signed and what documents contain; `gateway_url` where empty. A URL in a document whose origin is this
    one's is dialled at `gateway_url`."""
    carrier: str = Carrier.TWILIO
    auth_token: str | None = None
    """Twilio's; None sends nothing signed."""
    signing_seed: str | None = None
    """Of Telnyx' Ed25519 key, 32 bytes in base64; None sends nothing signed."""
    account_id: str = ""
    """The carrier's account; one of its usual form where empty."""
    to: str = "+14155551234"
    from_: str = "+14155550100"
    call_id: str | None = None
    sip: bool = False
    """The call comes from a SIP domain."""
    sip_domain: str = "acme.sip.twilio.com"
    sip_headers: Mapping[str, str] = field(default_factory=dict)
    """The INVITE's `X-…` headers."""
    codec: str = Encoding.PCMU
    """PCMU, PCMA, L16 or G722: the caller's leg. Twilio transcodes all of them to PCMU."""
    rate_hz: int = 8000
    """8000, or 16000 with L16."""
    byte_order: ByteOrder = ByteOrder.BIG
    """Of L16, in both directions."""
    speech: bytes | Path = b""
    """A WAV file or its path; a caller without one says nothing."""
    keys: tuple[tuple[float, str], ...] = ()
    """(seconds after the call is answered, digit)."""
    hangup_after_s: float | None = None
    """Seconds after the first media stream began; before there was one, after the call was placed."""
    hangup_when_heard_s: float | None = None
    """Hang up when so many seconds of sound were heard."""
    hangup_on_silence_s: float | None = 5.0
    """Hang up when all was said and nothing was heard for so long."""
    hangs_up_now: Callable[[], bool] | None = None
    """Asked with every frame and before every document is followed: whether the caller hangs up at this moment."""
    hang_up: HangUpStyle = HangUpStyle.STOP
    faults: tuple[Fault, ...] = ()
    """What is wrong with the carrier."""
    seed: int = 0
    """Repeats the same faults."""
    webhook_method: str = "POST"
    """How the first document is asked for; Telnyx' own default is GET."""
    overrides: str = ""
    """Twilio's connection overrides, as they stand in the fragment of the number's voice URL: `rc=2&rp=ct,5xx`."""
    extra_parameters: Mapping[str, str] = field(default_factory=dict)
    """Sent with every webhook about the call: "parameters can be added without notice" (Twilio)."""
    falls_back: bool = False
    """Ask the fallback URL where a document cannot be had, as numbers do that have one."""
    status_callback: bool = True
    """Send status callbacks: of an inbound call Twilio's comes at its end, Telnyx' at its beginning too."""
    say_s: float = 0.0
    """How long a `<Say>` takes."""
    gives_up_after_s: float | None = None
    """The carrier pings its media socket and takes it for dead when no answer has come for so long; None: never. What
    carriers do about a connection that says nothing any more is not documented."""
    max_redirects: int = 10
    """In a row, without a media stream between them."""
    on_event: Callable[[CallEvent], None] | None = None

    def __post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise ConfigError(problems)

    @property
    def audio(self) -> AudioFormat:
        """How the caller's leg sounds."""
        return AudioFormat(Encoding(self.codec), self.rate_hz, self.byte_order)

    def script(self, speech_ms: int) -> Script:
        """What the caller will do, having so much to say."""
        return Script(
            speech_ms=speech_ms,
            keys=tuple(sorted((round(at_s * 1000), digit) for at_s, digit in self.keys)),
            hangup_after_ms=_ms(self.hangup_after_s),
            hangup_when_heard_ms=_ms(self.hangup_when_heard_s),
            hangup_on_silence_ms=_ms(self.hangup_on_silence_s),
        )


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _problems(plan: CallPlan) -> list[str]:
    problems = []
    for name, url in (("gateway_url", plan.gateway_url), ("public_url", plan.public_url or plan.gateway_url)):
        if not _is_http(url):
            problems.append(f"{name} must be an http or https URL, not {url!r}")
    problems += _no_texts(plan)
    if plan.carrier not in set(Carrier):
        problems.append(f"carrier must be twilio or telnyx, not {plan.carrier!r}")
    if plan.rate_hz not in _RATES_HZ.get(plan.codec, ()):
        problems.append(
            f"codec must be PCMU, PCMA, G722 at 8000 Hz or L16 at 8000 or 16000, not {plan.codec} at {plan.rate_hz}"
        )
    if plan.carrier == Carrier.TWILIO and plan.codec != Encoding.PCMU:
        problems.append(f"codec must be PCMU with twilio, not {plan.codec!r}")
    problems += unsuitable(plan.faults, plan.carrier)
    if plan.hangup_after_s is not None and not 0 <= plan.hangup_after_s < math.inf:
        problems.append(f"hangup_after_s must be a number of seconds from 0, not {plan.hangup_after_s:g}")
    if plan.gives_up_after_s is not None and plan.gives_up_after_s <= 0:
        problems.append(f"gives_up_after_s must be more than 0, not {plan.gives_up_after_s:g}")
    if plan.webhook_method not in {"GET", "POST"}:
        problems.append(f"webhook_method must be GET or POST, not {plan.webhook_method!r}")
    return problems


def _is_http(text: str) -> bool:
    try:
        url = urlsplit(text)
        _ = url.port  # read for its check of the range
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname) and _is_text(text)


def _no_texts(plan: CallPlan) -> list[str]:
    addresses = (("to", plan.to), ("from", plan.from_), ("sip_domain", plan.sip_domain))
    problems = [f"{name} must be UTF-8 text, not {text!r}" for name, text in addresses if not _is_text(text)]
    if not _is_text(plan.auth_token or ""):
        problems.append("auth_token must be UTF-8 text")
    return problems


def _is_text(argument: str) -> bool:
    """Whether it can be sent: a command line may hold any bytes."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True
