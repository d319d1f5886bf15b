"""The embedded model, built from public weights. Begin with `build`, which is the whole recipe."""
