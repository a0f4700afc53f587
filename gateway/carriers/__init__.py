"""The carriers' wires: webhooks, signatures, documents, media streams. Each carrier is a stranger to the other."""
