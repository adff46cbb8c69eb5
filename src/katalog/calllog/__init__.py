"""The call log: what becomes of every leg of everybody's, kept."""
