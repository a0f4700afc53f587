"""Twilio: webhooks, TwiML, Media Streams."""
