"""Photos that are there more than once: which they are, which to keep, and setting others aside."""
