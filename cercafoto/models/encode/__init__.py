"""A model folder to vectors, on a processor or a GPU."""
