"""Photos as files: walking through folders, metadata, thumbnails, comparison, delivery.

Begin with `scan` (which files) and `decoding` (what they contain).
"""
