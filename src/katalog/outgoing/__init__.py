"""Requests of katalog's own to addresses that people have given: one client, with rules for where it may go."""
