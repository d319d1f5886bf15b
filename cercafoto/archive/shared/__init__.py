"""The shared archive: a PostgreSQL database with pgvector. Several machines publish into it, and
many people search it. Only this package imports psycopg, and only if an address is given."""
