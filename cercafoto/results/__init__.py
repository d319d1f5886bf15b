"""Results that `Library` returns: plain values that keep no connection to the archive."""
