"""How often the garbage collector may hold all calls up.

A full collection looks through everything that lives: with 450 calls some 100 ms in one piece, in which no audio
moves. As Python is set up it comes again whenever a quarter more objects live than at the last one, which with many
short calls is every few seconds. What a finished call leaves for the collector is some 230 objects, 36 KiB; so a full
collection after a good two thousand calls is early enough.
"""

import gc

_YOUNG = 10_000
_YOUNG_TO_MIDDLE = 10
_MIDDLE_TO_FULL = 5
"""Half a million objects, net, from one full collection to the next."""


def settle() -> None:
    """Keep out of all collections what lives now, as it will for as long as the process, and make full ones rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_TO_MIDDLE, _MIDDLE_TO_FULL)
