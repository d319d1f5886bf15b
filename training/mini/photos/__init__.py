"""The photos that `mini` is built from: which they are, and how to lay them out anew."""
