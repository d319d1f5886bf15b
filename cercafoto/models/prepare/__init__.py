"""Make a model folder from a checkpoint: with a graph that ships, or else with torch."""
