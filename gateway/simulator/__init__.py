"""A carrier with callers, in Twilio's and Telnyx' dialect, for development, tests and load."""
