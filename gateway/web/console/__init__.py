"""The operators' page at `/console`: live calls as they are, finished ones as they went. Read-only."""
