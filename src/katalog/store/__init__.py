"""What is kept: SQLAlchemy Core over SQLite or PostgreSQL. One file for each noun."""
