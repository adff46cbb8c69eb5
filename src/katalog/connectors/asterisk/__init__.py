"""Asterisk by its manager interface (AMI).

bytes → `wire` → messages → `adapter` → legs, both pure; `link` is one connection, `connector` what is done with it.
"""
