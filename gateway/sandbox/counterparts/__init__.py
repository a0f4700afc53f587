"""Who answers on the other end of a session: one small brain a file."""
