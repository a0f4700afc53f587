"""Telnyx: webhooks, TeXML, media streaming."""
