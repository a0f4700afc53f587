"""Codecs, resampling and framing of telephone audio."""
