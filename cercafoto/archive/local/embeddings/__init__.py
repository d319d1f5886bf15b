"""Find the nearest vectors. The codes (one byte a dimension) and the graph are only a cache."""
