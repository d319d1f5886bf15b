"""A request in, an answer out, for each page; what all of them need is in `responses`."""
