"""What katalog knows, and the rules of it: no I/O, no asyncio, no clock of its own."""
