"""A checkpoint to a model folder: by the graphs that ship, or else by torch."""
