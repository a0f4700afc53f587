"""What XML cannot hold. Sans-I/O."""

import re

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside `Char` of XML 1.0 §2.2: control characters, lone surrogates, U+FFFE and U+FFFF."""


def legal(text: str) -> str:
    """The text without characters that no XML document may contain, escaped or not."""
    return _ILLEGAL.sub("", text)
