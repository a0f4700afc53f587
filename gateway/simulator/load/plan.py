"""What a load is to be."""

import math
from collections.abc import Callable

from msgspec import Struct

from gateway.audio.formats import Encoding
from gateway.calls import Carrier
from gateway.errors import ConfigError
from gateway.simulator.fault_specs import parse_fault
from gateway.simulator.load.arrivals import Arrival, Arrivals, arrivals
from gateway.simulator.plan import CallPlan

_MOST_CALLS = 10_000_000
"""In all, more than a day of any machine's: a typing error, and memory for nothing else."""
_SHORTEST_S = 0.001
"""Of a call: callers are timed in whole milliseconds."""


class LoadPlan(Struct, frozen=True, kw_only=True):
    """So many calls at once, for a while."""

    gateway_url: str
    public_url: str = ""
    carriers: tuple[str, ...] = (Carrier.TWILIO,)
    """In turn."""
    auth_token: str | None = None
    signing_seed: str | None = None
    to: str = "+14155551234"
    from_: str = "+14155550100"
    codec: str = Encoding.PCMU
    """Of Telnyx' callers; Twilio's are PCMU."""
    rate_hz: int = 8000
    calls: int = 10
    """At once."""
    arrivals: Arrivals = Arrivals.RAMP
    ramp_s: float = 5.0
    duration_s: float = 60.0
    hold_s: float = 60.0
    """How long each caller stays."""
    faults: tuple[str, ...] = ()
    """As `parse_fault` reads them."""
    seed: int = 0

    def check(self) -> None:
        """Say what is wrong with it before anything is started.

        Raises:
            ConfigError: every problem, by its name.
        """
        problems = [
            f"{name} must be more than 0 and finite, not {value:g}"
            for name, value in (("calls", self.calls), ("duration", self.duration_s), ("hold", self.hold_s))
            if not 0 < value < math.inf
        ]
        if 0 < self.hold_s < _SHORTEST_S:
            problems.append(f"hold must be at least {_SHORTEST_S:g}, not {self.hold_s:g}")
        if not 0 <= self.ramp_s <= self.duration_s:
            problems.append(f"ramp must be from 0 to the duration, not {self.ramp_s:g}")
        if not self.carriers:
            problems.append("carrier must be twilio or telnyx")
        for carrier in self.carriers:
            try:
                self.call(Arrival(0, 0, 1_000), carrier)
            except ConfigError as exc:
                problems += exc.problems
        if not problems and self.calls > (most := int(_MOST_CALLS / max(1.0, self.duration_s / self.hold_s))):
            problems.append(f"calls must be at most {most} with such a duration and hold, not {self.calls}")
        if not problems and not self.schedule():
            problems.append(f"duration must be longer than {self.duration_s:g}: no call of a second fits into it")
        if problems:
            raise ConfigError(problems)

    def schedule(self) -> list[Arrival]:
        """When each caller calls."""
        times = [round(1000 * seconds) for seconds in (self.ramp_s, self.duration_s, self.hold_s)]
        return arrivals(
            self.arrivals, calls=self.calls, ramp_ms=times[0], duration_ms=times[1], hold_ms=times[2], seed=self.seed
        )

    def carrier_of(self, number: int) -> str:
        """Who brings call `number`."""
        return self.carriers[number % len(self.carriers)]

    def call(self, arrival: Arrival, carrier: str, *, hangs_up_now: Callable[[], bool] | None = None) -> CallPlan:
        """One of the calls; its caller hangs up early when asked to.

        Raises:
            ConfigError: it cannot be placed.
        """
        is_telnyx = carrier == Carrier.TELNYX
        return CallPlan(
            gateway_url=self.gateway_url,
            public_url=self.public_url,
            carrier=carrier,
            auth_token=self.auth_token,
            signing_seed=self.signing_seed,
            to=self.to,
            from_=self.from_,
            codec=self.codec if is_telnyx else Encoding.PCMU,
            rate_hz=self.rate_hz if is_telnyx else 8000,
            hangup_after_s=arrival.hold_ms / 1000,
            hangup_on_silence_s=None,
            hangs_up_now=hangs_up_now,
            faults=tuple(map(parse_fault, self.faults)),
            seed=self.seed + arrival.number,
        )
