"""Telephone systems in. Each knows its own wire and tells what happens as events of the domain."""
