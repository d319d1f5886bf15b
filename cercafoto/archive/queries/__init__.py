"""Queries for both engines, SQLite and PostgreSQL. Each engine's `Dialect` fills in what differs.

A query is SQL with a question mark for each value. Queries of two kinds differ too much, so each
engine has its own: for the text recognised in photos, and for the counts beside a page of photos.
"""
