"""Queries for both engines, SQLite and PostgreSQL. Each engine's `Dialect` fills in what differs.

A query is SQL with a question mark for each value. Two kinds of query differ too much to be shared,
so each engine has its own: the text recognised in photos, and the counts beside a page of photos.
"""
