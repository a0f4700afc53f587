"""What a listener would say of a connection: the E-model, ITU-T G.107 (06/2015). Sans-I/O.

    R = Ro - Is - Id - Ie,eff + A

- Ro - Is = 93.2, what G.107 §7.7 gets from its default values: a modern handset, a quiet room, G.711 without loss.
- Id is Idd alone, the sheer delay (§7.4). Echo, the rest of Id, is taken to be cancelled: carriers do that.
- Ie,eff = Ie + (95 - Ie) · Ppl / (Ppl / BurstR + Bpl) (§7.5), where Ppl is the loss in percent and BurstR how much
  longer its bursts are than chance would make them.
- Ie = 0 and Bpl = 4.3 are G.711's where nothing but silence is put into gaps, as we do (G.113 Appendix I).
- A = 0: nobody gives us a bonus for being mobile.

MOS = 1 + 0.035·R + R·(R - 60)·(100 - R)·7·10⁻⁶, 1 below R = 0 and 4.5 above R = 100 (Annex B). An estimate for planning
and for comparing calls with each other; no listener was asked.
"""

import math

_BASE_R = 93.2
_IE = 0.0
_BPL = 4.3

_UNHEARD_DELAY_MS = 100
"""G.107 §7.4: Idd is 0 up to here."""
_HEAVY_LOSS_PERCENT = 2.0
_BURSTIEST = 8.0
_BURSTIEST_IN_HEAVY_LOSS = 2.0
"""G.107's table of parameters: BurstR is 1 to 8, and above 2 only believed while less than 2 % are lost."""


def r_factor(loss_percent: float, *, burst_ratio: float = 1.0, delay_ms: float = 0.0) -> float:
    """The transmission rating R of G.711, 0 to 93.2; `delay_ms` is one way, from mouth to ear."""
    r = _BASE_R - delay_impairment(delay_ms) - loss_impairment(loss_percent, burst_ratio)
    return max(0.0, r)


def mos(r: float) -> float:
    """The mean opinion score of a rating, 1 (bad) to 4.5."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    # Between 0 and 6.5 the polynomial falls below the scale's end.
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def delay_impairment(delay_ms: float) -> float:
    """Idd: what a one-way delay takes off R."""
    if delay_ms <= _UNHEARD_DELAY_MS:
        return 0.0
    x = math.log2(delay_ms / _UNHEARD_DELAY_MS)
    return 25 * (_bend(x) - 3 * _bend(x / 3) + 2)


def loss_impairment(loss_percent: float, burst_ratio: float) -> float:
    """Ie,eff: what lost frames take off R."""
    burstiest = _BURSTIEST if loss_percent < _HEAVY_LOSS_PERCENT else _BURSTIEST_IN_HEAVY_LOSS
    ratio = min(max(1.0, burst_ratio), burstiest)
    return _IE + (95 - _IE) * loss_percent / (loss_percent / ratio + _BPL)


def _bend(x: float) -> float:
    return math.pow(1 + math.pow(x, 6), 1 / 6)
