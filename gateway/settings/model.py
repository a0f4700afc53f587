"""Every setting: its section, type, range, default and meaning.

The text under a setting is its row in the table of README.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo
from pydantic import field_validator as validates
from pydantic_core import PydanticKnownError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.audio.formats import ByteOrder
from gateway.routing.values import Language
from gateway.settings.checks import (
    alone_or_listed,
    api_base,
    bearer_key,
    ed25519_key,
    file_path,
    listen_host,
    network,
    public_origin,
    separated,
    signing_secret,
    store_url,
)

PREFIX = "GATEWAY_"
"""Of environment variables and secret files."""
DELIMITER = "__"
"""Between section and key in their names."""

Host = Annotated[str, AfterValidator(listen_host)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0.001, le=86_400, allow_inf_nan=False)]
"""Kept as whole milliseconds: of less nothing would be left."""
SecondsOrNone = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
BaseUrl = Annotated[str, AfterValidator(api_base)]
SigningSecret = Annotated[SecretStr, AfterValidator(signing_secret)]

_NO_NUMBERS: Mapping[object, Literal["int_type", "float_type"]] = {int: "int_type", float: "float_type"}
"""What pydantic calls it when a value is none."""


class Section(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @validates("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        # Python counts true as 1: `admission.max_calls = true` would take one call, `resume.window_s = true` a second.
        wrong = _NO_NUMBERS.get(cls.model_fields[str(info.field_name)].annotation)
        if wrong is not None and isinstance(value, bool):
            raise PydanticKnownError(wrong)
        return value


class Server(Section):
    """The public listener."""

    host: Host = "0.0.0.0"  # noqa: S104  carriers come from outside
    """Address that carriers' webhooks and media sockets come in on."""
    port: Port = 8080
    """Its port; 0 takes a free one."""
    trusted_proxies: tuple[Annotated[str, AfterValidator(network)], ...] = ()
    """Networks of the proxies in front, whose `X-Forwarded-For` is believed."""
    max_connections_per_address: Annotated[int, Field(ge=0)] = 2000
    """Connections at once from one address, a proxy's not counted; a carrier brings many calls from one. 0 for any."""


class Admin(Section):
    """The listener for operators."""

    host: Host = "127.0.0.1"
    """Address of metrics, health and calls; never one that the internet reaches."""
    port: Port = 9090
    """Its port; 0 takes a free one."""


class Kallglot(Section):
    """Kallglot's API."""

    base_url: BaseUrl = "https://api.kallglot.com/v1"
    """Where Kallglot's API is."""
    api_key: Annotated[SecretStr, AfterValidator(bearer_key)] = SecretStr("")
    """Bearer key, `sk_live_…`."""
    webhook_secret: Annotated[tuple[SigningSecret, ...], BeforeValidator(alone_or_listed)] = ()
    """Signs Kallglot's events; without it they are refused. Of several any may have signed (rotation)."""
    chunk_ms: Annotated[int, Field(ge=20, le=1000, multiple_of=20)] = 100
    """Audio in one `audio.input`, in whole 20 ms frames; Kallglot recommends 100–200."""
    tolerated_errors: tuple[str, ...] = ()
    """Codes of `session.error` after which a call goes on; any other ends it."""
    ready_timeout_s: Seconds = 10
    """How long a stream may take to say `session.ready`."""


class Media(Section):
    """Audio to and from carriers."""

    lead_ms: Annotated[int, Field(ge=40, le=5000)] = 400
    """Audio kept at the carrier ahead of what the caller hears; the rest waits here."""
    reorder_window_ms: Annotated[int, Field(ge=0, le=1000)] = 60
    """How long Telnyx frames wait for a missing one."""
    l16_byte_order: ByteOrder = ByteOrder.BIG
    """Byte order of a carrier's L16 audio."""
    start_timeout_s: Seconds = 5
    """A media socket that has said nothing for so long after its upgrade is closed."""
    ticket_ttl_s: Seconds = 60
    """How long the address of a media socket stays valid, unused."""
    stall_ms: Annotated[int, Field(ge=40, le=10_000)] = 200
    """Without a frame from the carrier for so long, silence is sent on."""
    hold_clip: Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)] = None
    """WAV file for callers to hear while Kallglot is away; without one they hear silence."""


class Twilio(Section):
    """The Twilio account."""

    account_sid: str = ""
    """Account, `AC…`."""
    auth_tokens: tuple[SigningSecret, ...] = ()
    """The first signs REST calls; a webhook may be signed with any (rotation, regions)."""
    api_url: BaseUrl = "https://api.twilio.com"
    """Where Twilio's REST API is."""


class Telnyx(Section):
    """The Telnyx account."""

    public_key: Annotated[tuple[Annotated[str, AfterValidator(ed25519_key)], ...], BeforeValidator(separated)] = ()
    """The account's public key, base64: checks its webhooks. Of several any may have signed (rotation)."""
    api_key: SecretStr = SecretStr("")
    """Key for Telnyx' REST API."""
    api_url: BaseUrl = "https://api.telnyx.com/v2"
    """Where Telnyx' REST API is."""
    require_signature: bool = True
    """Whether a webhook without a signature is refused."""
    allow_cidrs: tuple[Annotated[str, AfterValidator(network)], ...] = ()
    """Networks that webhooks and media sockets may come from; empty for any."""
    codec: Literal["PCMU", "PCMA", "G722", "OPUS", "AMR-WB", "L16", "default"] = "PCMU"
    """What Telnyx is asked to send."""
    bidirectional_codec: Literal["PCMU", "PCMA", "G722", "L16"] = "PCMU"
    """What Telnyx is sent."""
    bidirectional_sampling_rate: int = 8000
    """Its samples a second: 8000, 16000 or 24000."""

    @validates("bidirectional_sampling_rate")
    @classmethod
    def _rate_telnyx_takes(cls, rate: int, info: ValidationInfo) -> int:
        # TeXML <Stream>: "bidirectionalSamplingRate", 8000 by default; G.711 and G.722 are declared 8000 (RFC 3551).
        if rate not in {8000, 16000, 24000}:
            raise ValueError("must be 8000, 16000 or 24000")
        if rate != 8000 and info.data.get("bidirectional_codec", "L16") != "L16":
            raise ValueError("must be 8000 unless telnyx.bidirectional_codec is L16")
        return rate


class Store(Section):
    """Where calls are kept."""

    url: Annotated[str, AfterValidator(store_url), Field(repr=False)] = "sqlite:///gateway.db"
    """`sqlite:///PATH` for one replica; `redis://…` or `rediss://…` for several."""


class Admission(Section):
    """How much is taken on."""

    max_calls: Annotated[int, Field(ge=1)] = 1000
    """Calls at once; the next one goes to its route's `overflow`, or gets the refusal."""
    max_lag_ms: Annotated[int, Field(ge=0, le=10_000)] = 50
    """How late the event loop may be (p99 over 5 s) before new calls are treated so too; 0 for any lateness."""


class Refusal(Section):
    """For a call that no route answers, or a busy gateway."""

    say: str = ""
    """What the caller is told; empty for the carrier's `<Reject/>`."""
    language: Language = "en-US"
    """Its language."""


class Resume(Section):
    """For callers who are cut off and come back."""

    window_s: SecondsOrNone = 300
    """How long their session is kept; Kallglot keeps one for 5 minutes."""


class Drain(Section):
    """How a replica goes."""

    handover_after_s: SecondsOrNone = 20
    """How long its calls may end by themselves, before they are moved to another replica."""
    deadline_s: Seconds = 120
    """When it goes, whatever is left."""

    @validates("deadline_s")
    @classmethod
    def _not_before_handover(cls, deadline_s: float, info: ValidationInfo) -> float:
        handover_after_s = info.data.get("handover_after_s", 0)
        if deadline_s < handover_after_s:
            raise ValueError(f"must be at least drain.handover_after_s, {handover_after_s:g}")
        return deadline_s


class Telemetry(Section):
    """What is known of calls."""

    quality: bool = True
    """Whether it is followed how calls sound: levels, jitter, MOS, flags; a few percent of a call's cost."""
    keep_calls_h: Annotated[float, Field(ge=0, le=8_760, allow_inf_nan=False)] = 24
    """Hours after its end that a call can be explained; some 5 KB of the store each. 0 for none."""


class Log(Section):
    """What is written, and how."""

    format: Literal["auto", "console", "json"] = "auto"
    """`console`, `json`, or `auto`: console on a terminal, json elsewhere."""


class Settings(BaseSettings):
    """All settings, checked; nothing is read to make one."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    public_url: Annotated[str, AfterValidator(public_origin)] = "https://voice.example.com"
    """As carriers reach us, `https://HOST[:PORT]`; signatures are checked against it."""
    routes: Annotated[Path, BeforeValidator(file_path)] = Path("routes.toml")
    """The routes file, read again when it changes; in the configuration file, relative to that."""
    secrets_dir: Annotated[Path | None, BeforeValidator(lambda value: None if value == "" else value)] = None
    """Folder with one file a setting, named like its environment variable; as Kubernetes mounts secrets."""
    server: Server = Server()
    admin: Admin = Admin()
    kallglot: Kallglot = Kallglot()
    media: Media = Media()
    twilio: Twilio = Twilio()
    telnyx: Telnyx = Telnyx()
    store: Store = Store()
    admission: Admission = Admission()
    refusal: Refusal = Refusal()
    resume: Resume = Resume()
    drain: Drain = Drain()
    telemetry: Telemetry = Telemetry()
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic-settings passes them all by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed over: `load_settings` is the one that reads."""
        return (init_settings,)
