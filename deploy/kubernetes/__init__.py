"""What is made of other files: `python -m deploy.kubernetes` writes Prometheus' rules as the operator wants them."""
