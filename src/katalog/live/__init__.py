"""What is now: the picture in memory that every reader gets. One writer, no lock, no I/O."""
