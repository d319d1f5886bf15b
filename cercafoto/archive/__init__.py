"""An open archive, whichever engine holds it: SQLite on this machine, or PostgreSQL."""
