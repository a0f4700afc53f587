"""Prometheus' rule files as one resource of the Prometheus operator. Sans-I/O."""

from collections.abc import Iterable
from typing import Any

import yaml

_HEAD = "# Written by `python -m deploy.kubernetes` from deploy/prometheus/rules.\n"


def prometheus_rule(files: Iterable[str]) -> str:
    """The manifest that holds the groups of these files."""
    manifest: dict[str, Any] = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        # The label is what kube-prometheus-stack looks for, installed under the name `prometheus`.
        "metadata": {"name": "gateway", "labels": {"app.kubernetes.io/name": "gateway", "release": "prometheus"}},
        "spec": {"groups": [group for text in files for group in yaml.safe_load(text)["groups"]]},
    }
    return _HEAD + yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120)
