"""Signs as Twilio does. Sans-I/O.

Reference: https://www.twilio.com/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit


def sign(auth_token: str, url: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """The `X-Twilio-Signature`: HMAC-SHA1 over the URL and then each parameter's name and value, sorted by name."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signed_url(url: str) -> str:
    """The form of a URL that is signed.

    "Twilio drops the username, password and port" of voice URLs over HTTPS, and the user information of the others;
    connection overrides (the fragment) never leave Twilio.
    """
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and parts.port is not None:
        netloc = netloc.rpartition(":")[0]
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
