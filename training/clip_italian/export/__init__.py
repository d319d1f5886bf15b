"""A run to transformers, to a model folder, and from the Flax checkpoint of 2021."""
