"""HTTP: every URL in one table (`routes.py`), one file for each noun."""
