from pathlib import Path

import pytest

from gateway.settings.fields import all_settings
from gateway.settings.table import settings_table

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_holds_the_table_as_it_is() -> None:
    """Between its markers; after a change of a setting, put the new table there."""
    _, _, rest = README.read_text().partition("<!-- settings -->\n")
    table, marker, _ = rest.partition("<!-- /settings -->")

    assert marker
    assert table.strip() == settings_table().strip()


def test_every_setting_has_a_row() -> None:
    """After the two of the head."""
    rows = settings_table().splitlines()[2:]

    assert [row.split("`")[1] for row in rows] == [setting.name for setting in all_settings()]


@pytest.mark.parametrize(
    "row",
    [
        "| `server.port` | whole number from 0 to 65535 | `8080` | Its port; 0 takes a free one. "
        "| `GATEWAY_SERVER__PORT` |",
        '| `telnyx.public_key` | text or list of text | `""` | The account\'s public key, base64: checks its webhooks. '
        "Of several any may have signed (rotation). | `GATEWAY_TELNYX__PUBLIC_KEY` |",
        '| `kallglot.api_key` | secret | `""` | Bearer key, `sk_live_…`. | `GATEWAY_KALLGLOT__API_KEY` |',
        "| `kallglot.ready_timeout_s` | number from 0.001 to 86400 | `10` | How long a stream may take to say "
        "`session.ready`. | `GATEWAY_KALLGLOT__READY_TIMEOUT_S` |",
        '| `media.l16_byte_order` | one of `big`, `little` | `"big"` | Byte order of a carrier\'s L16 audio. '
        "| `GATEWAY_MEDIA__L16_BYTE_ORDER` |",
    ],
)
def test_a_row_says_type_range_default_and_meaning(row: str) -> None:
    """All that an operator needs to set it."""
    assert row in settings_table().splitlines()
