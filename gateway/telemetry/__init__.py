"""Metrics, quality figures, logs."""
