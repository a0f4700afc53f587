"""The dashboards as code: `python -m deploy.grafana` writes them to `dashboards/`, from where Grafana reads them."""
