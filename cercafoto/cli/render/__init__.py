"""Turn results into text: sentences and tables for a person, JSON or paths for a program.

Every function takes one result and returns text or bytes. Nothing here decides or writes.
"""
