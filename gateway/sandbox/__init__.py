"""A local Kallglot, for development, tests and load."""
