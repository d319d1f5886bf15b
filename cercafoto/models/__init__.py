"""Models: read their folders (`model_folder`), list and download them, prepare checkpoints."""
