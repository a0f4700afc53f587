"""Writes the dashboards: run it after a change, and commit what it wrote."""

from pathlib import Path

from deploy.grafana.board import render
from deploy.grafana.boards import BOARDS

FOLDER = Path(__file__).parent / "dashboards"


def main() -> None:
    """Write every dashboard to its file."""
    for board in BOARDS:
        (FOLDER / f"{board.name}.json").write_text(render(board))


if __name__ == "__main__":
    main()
