"""The queries that both engines answer, written once; each engine says the rest as a `Dialect`.

A query is SQL with a question mark for each value. What the engines would say too differently to
share a text, each has in a room of its own: the words read in photos, and the counts of a page.
"""
