"""What a wrong answer looked like: short, and fit for a log. Sans-I/O."""

import re

LIMIT = 200
"""Characters kept: enough to tell a proxy's HTML page from JSON of another shape."""

_READ = 20 * LIMIT
"""Bytes looked at; masking shortens the text, cutting comes after it."""

_SECRET = re.compile(
    r"""\b(?:kst|sk)_[\w-]+"""  # stream tokens and API keys, by the prefixes Kallglot documents
    r"""|(?<="token":")[^"]+|(?<="token":\ ")[^"]+"""
    r"""|\+\d{7,15}""",  # E.164 numbers
)


def excerpt(data: bytes | bytearray, *secrets: str) -> str:
    """The first characters of `data`, with `secrets`, tokens, keys and phone numbers masked."""
    text = data[:_READ].decode("utf-8", "replace")
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return " ".join(_SECRET.sub("***", text).split())[:LIMIT]
