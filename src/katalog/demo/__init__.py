"""The demo: an invented organisation in a throw-away database, with calls coming and going."""
