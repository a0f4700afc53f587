"""Which session a called number gets."""
