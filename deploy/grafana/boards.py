"""Every dashboard that is shipped."""

from deploy.grafana import capacity, fleet, kallglot, quality, setup

BOARDS = (fleet.BOARD, quality.BOARD, setup.BOARD, kallglot.BOARD, capacity.BOARD)
