"""Photos' vectors in one byte a dimension, and what finds the nearest: a cache of the catalogue."""
