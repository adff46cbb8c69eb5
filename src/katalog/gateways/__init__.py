"""Ways by which text messages leave."""
