"""Telnyx' side of a call."""
