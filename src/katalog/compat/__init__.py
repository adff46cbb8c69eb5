"""What of the v1 contract a server holds, ours or another, found by asking it over HTTP."""
