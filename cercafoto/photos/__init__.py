"""Handle photos as files: find them, read metadata, make thumbnails, compare, copy, move.

Begin with `scan`, which finds the files, and `decoding`, which reads them.
"""
