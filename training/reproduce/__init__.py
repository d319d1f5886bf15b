"""The command `reproduce`: from the downloads to both published tables, step by step."""
