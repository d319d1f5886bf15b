"""A checkpoint to a model folder; needs torch."""
