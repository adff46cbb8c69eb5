"""Recordings of calls: which there are, their files, and MP3 of them."""
