"""Find the nearest vectors. Its files, codes of one byte a dimension and a graph, are a cache."""
