"""Where people read the operating guide: what the alerts' links begin with, and the dashboards' too. Sans-I/O.

As shipped it is the guide's place in this repository: true wherever that is, but no link before somebody says which.
"""

import re

_ADDRESS = re.compile(r"(?<=\brunbook_url: )[^\s#]+(?=#)")
_URL = re.compile(r"https?://[^\s#'\"\\]+")


def address(rules: str) -> str:
    """What all links of a rules file begin with."""
    (found,) = set(_ADDRESS.findall(rules))
    return str(found)


def led_to(url: str, text: str) -> str:
    """Rules, or tests of rules, whose links lead to the guide at this URL.

    Raises:
        ValueError: it is none.
    """
    if not _URL.fullmatch(url):
        raise ValueError(f"the guide's address must be a URL such as https://git.example.org/README.md, not {url!r}")
    return _ADDRESS.sub(lambda _: url, text)
