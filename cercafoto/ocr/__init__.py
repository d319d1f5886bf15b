"""Read the words inside photos: choose photos, run an engine in child processes, order lines."""
