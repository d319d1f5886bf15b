"""Results -> what a person or a program reads: a table, JSON, one path a line, NUL-separated.

Every function takes one result and returns text or bytes for stdout; nothing here decides.
"""
