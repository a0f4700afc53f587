"""Twilio's side of a call."""
