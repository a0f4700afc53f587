"""What REST and stream have in common: who we say we are, and whom we trust."""

import ssl
from functools import cache
from importlib.metadata import version

USER_AGENT = f"kallglot-gateway/{version('kallglot-gateway')}"


@cache
def system_trust() -> ssl.SSLContext:
    """The system's authorities, in the one context all connections share; reading them takes tens of milliseconds."""
    return ssl.create_default_context()
