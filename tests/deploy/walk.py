"""The commands of the documents in an order in which a new user gives them, each with what it should come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CALLER = "sk_test_walk"
"""A key that the sandbox takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command."""

    printed: str
    """As the documents have it."""
    changed: Mapping[str, str] = field(default_factory=dict)
    """Shorter, or with a value for a placeholder; beside what every command has changed."""
    codes: Sequence[int] = (0,)
    """Exit codes that are right."""
    says: str = ""
    """Among what it prints."""
    serves: str = ""
    """What answers as soon as it runs; such a command goes on in the background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What is done in one terminal; when it is over, what it started is stopped."""

    name: str
    steps: Sequence[Step]


SANDBOX = "{sandbox}/v1/"
PUBLIC = "{public}/livez"
REACHED = {"uv run gateway numbers": "GATEWAY_PUBLIC_URL=https://voice.acme.test uv run gateway numbers"}
"""Carriers are not sent to a machine's own address, which is the one that the walk's gateway has."""

TRIED = Chapter(
    name="try it",
    steps=(Step(printed="pip install uv && uv run gateway demo", says="checks hold."),),
)

RUN = Chapter(
    name="run it",
    steps=(
        Step(
            printed="uv run gateway check", codes=(1,), says="kallglot.api_key (GATEWAY_KALLGLOT__API_KEY) is missing"
        ),
        Step(printed="gateway sandbox", changed={"gateway": "uv run gateway"}, serves=SANDBOX),
        Step(printed="export GATEWAY_PUBLIC_URL=https://voice.example.org"),
        Step(printed="export GATEWAY_KALLGLOT__API_KEY=sk_live_…"),
        Step(printed="export GATEWAY_TWILIO__AUTH_TOKENS='[\"…\"]'"),
        Step(printed="export GATEWAY_TELNYX__PUBLIC_KEY=…", changed={"KEY=…": "KEY={telnyx_public_key}"}),
        Step(printed="export GATEWAY_PUBLIC_URL=https://YOUR-TUNNEL"),
        Step(printed="uv run gateway route +14155551234", says="support-de"),
        Step(printed="uv run gateway serve", serves=PUBLIC),
        # All is there but the agent of an example route: "put your own".
        Step(printed="uv run gateway check --live", codes=(1,), says="route agent names agent agt_01HXYZ"),
        Step(printed="curl https://YOUR_PUBLIC_URL/livez"),
        Step(printed="curl http://ADDRESS:9090/livez"),
        Step(
            printed="gateway call http://127.0.0.1:8080 --carrier twilio",
            changed={"gateway call": "uv run gateway call", "twilio": "twilio --hangup-after 5"},
        ),
        Step(printed="gateway call --help", changed={"gateway": "uv run gateway"}, says="jitter"),
        Step(
            printed="uv run gateway call http://localhost:8080 --carrier twilio --auth-token demo",
            changed={"demo": "{twilio_token} --public-url {public} --hangup-after 5"},
        ),
        Step(printed="uv run gateway calls", says="calls"),
        Step(printed="uv run gateway explain CALL_ID", says="Likely cause"),
        Step(
            printed='curl -X POST https://api.kallglot.com/v1/sessions/SESSION_ID/end -H "Authorization: Bearer $KEY"',
            changed={"curl": "curl --fail-with-body", "$KEY": CALLER},
            says="ended",
        ),
        Step(printed="uv run gateway numbers list", says="+13125550001"),
        Step(
            printed="uv run gateway numbers point --carrier twilio --number +14155551234 --dry-run",
            changed=REACHED,
            says="/webhooks/twilio/voice",
        ),
        Step(
            printed="uv run gateway numbers point --carrier twilio --number +14155551234",
            changed=REACHED,
            says="read back",
        ),
        Step(
            printed="uv run gateway numbers point --carrier telnyx --number +13125550001",
            changed=REACHED,
            says="read back",
        ),
        Step(printed="uv run gateway doctor signature request.txt", says="right: the signature is right"),
        Step(
            printed="uv run gateway doctor signature --carrier twilio --url /webhooks/twilio/voice --header"
            " 'Host: voice.example.net' --header 'X-Twilio-Signature: …' --body @body.txt",
            changed={"Signature: …": "Signature: {signature}"},
            says="right: the signature is right",
        ),
    ),
)

LOADED = Chapter(
    name="load it",
    steps=(
        Step(printed="uv run gateway sandbox --counterpart echo --no-keep-audio &", serves=SANDBOX),
        Step(
            printed="export GATEWAY_PUBLIC_URL=http://127.0.0.1:8080 GATEWAY_KALLGLOT__BASE_URL=http://127.0.0.1:8400/v1"
            " GATEWAY_KALLGLOT__API_KEY=sk_test_1 GATEWAY_TWILIO__AUTH_TOKENS='[\"12345\"]'"
        ),
        Step(printed="uv run gateway serve & GATEWAY=$!", serves=PUBLIC),
        Step(printed="until curl -fs http://127.0.0.1:8080/readyz; do sleep 0.2; done", says="ready"),
        Step(
            printed="uv run gateway call http://127.0.0.1:8080 --carrier twilio --fault jitter:ms=80"
            " --fault loss:share=0.05 --seed 7",
            changed={"--seed 7": "--seed 7 --hangup-after 5"},
        ),
        Step(
            printed="uv run gateway load http://127.0.0.1:8080 --carrier twilio --calls 100 --ramp 10 --duration 60"
            " --pid $GATEWAY --html load.html --json load.json --slo limits.toml",
            changed={"--calls 100 --ramp 10 --duration 60": "--calls 3 --ramp 1 --duration 3"},
            # What it measures beside other tests is no verdict on the gateway.
            codes=(0, 1, 2),
            says="added delay",
        ),
    ),
)

MADE = Chapter(
    name="what is made of other files",
    steps=(
        Step(printed="uv run python -m deploy.runbooks https://git.example.org/ops/gateway/deploy/README.md"),
        Step(printed="uv run python -m deploy.kubernetes"),
        Step(printed="uv run python -m deploy.grafana"),
        Step(printed="promtool test rules deploy/prometheus/tests/*.yml", says="SUCCESS"),
    ),
)

SHARED = Chapter(
    name="one big machine",
    steps=(
        Step(printed="export GATEWAY_KALLGLOT__API_KEY=sk_live_…"),
        # They start without it, as replicas do whose store is away.
        Step(printed="export GATEWAY_STORE__URL=redis://127.0.0.1:6379/0", changed={":6379": ":1"}),
        Step(printed="uv run gateway serve --workers 4", changed={"--workers 4": "--workers 2"}, serves=PUBLIC),
    ),
)

CHAPTERS = (TRIED, RUN, LOADED, MADE, SHARED)

MENTIONED = (
    "uv run gateway demo",
    "gateway check",
    "gateway check --live",
    "gateway route NUMBER",
    "gateway serve --workers",
    "gateway numbers",
    "gateway doctor signature",
    "gateway doctor signature request.txt",
)
"""Named among the words, and a step of the walk with more or other words behind."""
