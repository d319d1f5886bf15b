"""The shared archive: a PostgreSQL database with pgvector that several machines publish into and
many people search. Only this package imports psycopg, and only if an address is given."""
