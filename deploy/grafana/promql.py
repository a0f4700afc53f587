"""Prometheus expressions in the few shapes that the dashboards need.

`$job` and `$instance` are the dashboards' variables, `$__rate_interval` is Grafana's: at least four scrapes long.
"""

JOB = 'job=~"$job"'
REPLICA = f'{JOB}, instance=~"$instance"'


def of(metric: str, where: str = "") -> str:
    """A gateway's own metric, of the replicas that were chosen."""
    return f"{metric}{{{REPLICA}{', ' if where else ''}{where}}}"


def recorded(name: str, where: str = "") -> str:
    """A figure that a recording rule wrote down, of all replicas."""
    return f"{name}{{{JOB}{', ' if where else ''}{where}}}"


def total(metric: str, by: str = "", where: str = "") -> str:
    """The sum of a gauge."""
    return f"sum{_by(by)}({of(metric, where)})"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """How much a counter grows in a second."""
    return f"sum{_by(by)}(rate({of(metric, where)}[$__rate_interval]))"


def per_minute(metric: str, by: str = "", where: str = "") -> str:
    """How much a counter grows in a minute: calls are too few to be counted by the second."""
    return f"60 * {rate(metric, by, where)}"


def mean(metric: str, by: str = "") -> str:
    """The mean of what a histogram was shown."""
    return f"{rate(f'{metric}_sum', by)} / {rate(f'{metric}_count', by)}"


def quantile(of_all: float, metric: str, by: str = "") -> str:
    """What so much of all that a histogram was shown is below."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({of_all}, {rate(f'{metric}_bucket', labels)})"


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else " "
