"""The shared archive: one PostgreSQL database with pgvector that several machines publish into and
many people search. psycopg is imported here alone, and only where an address asks for it."""
