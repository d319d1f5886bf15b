"""Questions that a person keeps, with the photos that answer them."""
