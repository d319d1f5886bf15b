"""Make pairs of each published source, a module for each."""
