"""Rules of what every connection to Kallglot shares."""

import re
import ssl

from gateway.kallglot.client import USER_AGENT, system_trust


def test_names_product_and_version() -> None:
    """Kallglot's support can tell our requests, and which release made them."""
    assert re.fullmatch(r"kallglot-gateway/\d+\.\d+\.\d+\S*", USER_AGENT)


def test_trusts_whom_the_system_trusts() -> None:
    """Certificates and names are checked, and the authorities are read once."""
    assert system_trust().verify_mode is ssl.CERT_REQUIRED
    assert system_trust().check_hostname
    assert system_trust() is system_trust()
