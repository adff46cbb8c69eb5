"""Measurements, each with its peer in the same run: `./scripts/bench [name]`."""
