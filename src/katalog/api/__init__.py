"""HTTP: every URL in the tables of `routes`, one file for each noun."""
