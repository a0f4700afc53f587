"""Kallglot's wires: REST API, session stream, webhooks."""
