"""Finds entries by words and numbers, in memory. `search.py` is the way in."""
