"""katalog: the live contact directory for a company's telephone system."""
