"""Export of a run, or of the Flax checkpoint of 2021, to transformers or to a model folder."""
