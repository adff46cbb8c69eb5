"""Places and ends calls for people: by which of their telephones, whether they may, and once only."""
