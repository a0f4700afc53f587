"""Writes what is made of other files: run it after a change of those, and commit what it wrote."""

from pathlib import Path

from deploy.kubernetes.rules import prometheus_rule

FOLDER = Path(__file__).parent
RULES = FOLDER.parent / "prometheus" / "rules"


def main() -> None:
    """Write the rules."""
    files = [path.read_text() for path in sorted(RULES.glob("*.yml"))]
    (FOLDER / "components" / "monitoring" / "prometheusrule.yaml").write_text(prometheus_rule(files))


if __name__ == "__main__":
    main()
