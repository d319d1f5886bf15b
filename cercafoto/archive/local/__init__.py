"""The catalogue: one SQLite file that holds all that is known about photos, vectors and labels.

A photo is a path. Its *content* is identified by the SHA-256 of the file. Vectors and labels belong
to the content, so a moved file keeps them and copies share them. Each batch is written in one
transaction; the files of `embeddings` can be rebuilt from the catalogue. Read `catalog` first.
Queries that a shared archive has too are in `archive.queries`.
"""
