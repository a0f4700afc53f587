"""How often the garbage collector may hold all calls up.

A full collection looks through everything that lives: with 450 calls some 100 ms in one piece, in which no audio
moves. As Python is set up it comes again whenever a quarter more objects live than at the last one, which with many
short calls is every few seconds. What a call leaves for the collector is some 120 objects of its requests to Kallglot,
garbage as soon as they are answered: the young ones' collections have them. So these come early, before there is much
to look through, and a full one after four thousand calls.
"""

import gc

_YOUNG = 5_000
_YOUNG_TO_MIDDLE = 1
"""If it were ten of twice as many: 30 ms in one piece every 2 s, while 170 calls a second come."""
_MIDDLE_TO_FULL = 50
"""Half a million objects, net, from one full collection to the next."""


def settle() -> None:
    """Keep out of all collections what lives now, as it will for as long as the process, and make full ones rare."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _YOUNG_TO_MIDDLE, _MIDDLE_TO_FULL)
