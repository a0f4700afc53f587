"""One call of the demo, seen from everywhere at once: the simulator, the gateway and the sandbox."""

import time
from collections.abc import Callable

from gateway.bridge.relay import Relay
from gateway.calls import Carrier, CarrierCallId, call_id_for
from gateway.demo.glimpse import Glimpse, level
from gateway.demo.sentences import Sentence
from gateway.demo.world import World
from gateway.sandbox.journal import Journal
from gateway.sandbox.lifecycle import Status
from gateway.sandbox.session import Session
from gateway.simulator.call import place_call
from gateway.simulator.plan import CallPlan
from gateway.simulator.report import CallEvent, CallReport
from gateway.simulator.telnyx.carrier import new_call_id as new_telnyx_id
from gateway.simulator.twilio.carrier import new_call_id as new_twilio_id

_PATIENCE_S = 1.5
"""Silence after which the caller hangs up: longer than the sandbox takes to be sure that somebody has finished."""
_LEVEL_BYTES = 800
"""Of μ-law, 100 ms: what a level is taken of."""
_LEVEL_HOLDS_NS = 250_000_000
"""After so many nanoseconds without audio there is silence."""


class DemoCall:
    """A caller who says one sentence and listens."""

    def __init__(self, world: World, carrier: Carrier, codec: str, sentence: Sentence) -> None:
        self.carrier = carrier
        self.codec = codec
        self.sentence = sentence
        self.relay: Relay | None = None
        """At the gateway; None where the call never got a media stream."""
        self.session: Session | None = None
        """At Kallglot."""
        self._ended_ns: int | None = None
        self._world = world
        self._carrier_call_id = new_telnyx_id() if carrier is Carrier.TELNYX else new_twilio_id()
        self._call_id = call_id_for(carrier, CarrierCallId(self._carrier_call_id))
        self._began_ns = time.perf_counter_ns()

    @property
    def title(self) -> str:
        """`Twilio PCMU`."""
        return f"{self.carrier.title()} {self.codec}"

    @property
    def over(self) -> bool:
        """The caller, or the gateway, has hung up."""
        return self._ended_ns is not None

    @property
    def session_ended(self) -> bool:
        """Kallglot has closed the session."""
        return self.session is not None and self.session.status is Status.ENDED

    async def place(self, tell: Callable[["DemoCall", CallEvent], None]) -> CallReport:
        """Call, say the sentence, listen, hang up."""

        def happened(event: CallEvent) -> None:
            self._look()
            tell(self, event)

        world = self._world
        self._began_ns = time.perf_counter_ns()
        plan = CallPlan(
            gateway_url=world.url,
            carrier=self.carrier,
            auth_token=world.auth_token,
            signing_seed=world.signing_seed,
            call_id=self._carrier_call_id,
            codec=self.codec,
            speech=self.sentence.path,
            hangup_on_silence_s=_PATIENCE_S,
            on_event=happened,
        )
        report = await place_call(plan)
        self._ended_ns = time.perf_counter_ns()
        return report

    def glimpse(self) -> Glimpse:
        """How it is going."""
        self._look()
        now_ns = time.perf_counter_ns()
        spoken, replied = _latest(self.session.journal, now_ns) if self.session is not None else (b"", b"")
        turns = self.session.transcript.turns if self.session is not None else []
        return Glimpse(
            title=self.title,
            state=self._state(),
            seconds=((self._ended_ns or now_ns) - self._began_ns) / 1_000_000_000,
            spoken_level=level(spoken),
            replied_level=level(replied),
            transcript=turns[-1].text if turns else "",
        )

    def _look(self) -> None:
        """Find the call at the gateway and at Kallglot while it is there to be found."""
        relay = self._world.gateway.switchboard.find(self._call_id)
        if relay is not None and relay is not self.relay:
            self.relay = relay
            session = relay.record.session
            self.session = self._world.sandbox.state.sessions.get(session.session_id) if session else None

    def _state(self) -> str:
        if self.over:
            return "over"
        return str(self.relay.state) if self.relay is not None else "calling"


def _latest(journal: Journal, now_ns: int) -> tuple[bytes, bytes]:
    """What Kallglot has just been sent, and what it has just said."""
    spoken = replied = b""
    if journal.received:
        source = journal.received[-1]
        if source.arrivals_ns and now_ns - source.arrivals_ns[-1][1] < _LEVEL_HOLDS_NS:
            spoken = bytes(source.audio[-_LEVEL_BYTES:])
    if journal.sent and now_ns - journal.sent[-1].at_ns < _LEVEL_HOLDS_NS:
        replied = journal.sent[-1].payload[-_LEVEL_BYTES:]
    return spoken, replied
