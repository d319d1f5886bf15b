"""The command line: it turns arguments into calls of `Library`, and results into text."""
