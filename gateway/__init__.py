"""A telephony bridge between Twilio or Telnyx and Kallglot."""
