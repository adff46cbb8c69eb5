"""Webhooks: what has happened is told to programs elsewhere, each event at least once, in order for each entry."""
