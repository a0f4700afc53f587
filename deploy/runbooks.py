"""Says where people read the operating guide: `python -m deploy.runbooks https://HOST/PATH/README.md`.

It is written into the rules and their tests, and what is made of them is made anew. Repeat it whenever the guide moves.
"""

import argparse
from pathlib import Path

from deploy.grafana.__main__ import main as make_dashboards
from deploy.guide import led_to
from deploy.kubernetes.__main__ import main as make_rules

_PROMETHEUS = Path(__file__).parent / "prometheus"


def main() -> None:
    """Lead every alert and dashboard there."""
    parser = argparse.ArgumentParser(prog="python -m deploy.runbooks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", help="where people read deploy/README.md")
    url = parser.parse_args().url
    files = [_PROMETHEUS / "rules" / "alerts.yml", *sorted((_PROMETHEUS / "tests").glob("*.yml"))]
    try:
        written = {path: led_to(url, path.read_text()) for path in files}
    except ValueError as exc:
        parser.error(str(exc))
    for path, text in written.items():
        path.write_text(text)
    make_rules()
    make_dashboards()


if __name__ == "__main__":
    main()
