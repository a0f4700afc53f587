"""The ledger of calls, and where it is kept."""
