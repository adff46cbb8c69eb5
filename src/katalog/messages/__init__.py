"""Sending text messages: what may be sent, once, and what became of it."""
