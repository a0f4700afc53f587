"""How many files and sockets the process may have open.

Systems start processes with a soft limit of 1,024, for programs that use select(), and leave it to all others to raise
it as far as the hard limit (https://0pointer.net/blog/file-descriptor-limits.html); Go's runtime does so by itself.
Where it is reached, connections are closed as they come, and nothing tells so: neither a log nor readiness.
"""

import contextlib
import resource
import sys

_PER_CALL = 2
"""The carrier's socket, and Kallglot's."""
_BESIDE = 200
"""For webhooks, which come on connections of their own, Kallglot's REST API, the store, operators and files."""


def raise_limit() -> int:
    """Let this process open as much as the system allows; how much that is."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A hard limit of "infinity" may still be more than there can be.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limit if limit != resource.RLIM_INFINITY else sys.maxsize


def wanted(calls: int) -> int:
    """What so many calls at once take."""
    return _PER_CALL * calls + _BESIDE
