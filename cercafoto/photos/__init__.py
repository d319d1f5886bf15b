"""Photo files: found, read, described, compared, delivered."""
