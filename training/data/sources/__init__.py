"""A builder for each published source of pairs."""
