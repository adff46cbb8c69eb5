"""Everybody's calendars, read again and again: busy times go to the live directory, and nothing else of them."""
