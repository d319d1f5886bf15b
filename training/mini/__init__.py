"""The embedded model, built from public weights: begin with `build`, the whole recipe."""
